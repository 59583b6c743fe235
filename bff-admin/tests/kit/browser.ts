import got from 'got';
import type { Got, Response } from 'got';
import { CookieJar } from 'tough-cookie';
import type { Entra } from '../../../dev/entra/start-entra.ts';

/** A browser as far as these tests go: cookies, redirects, forms. */
export interface Browser {
  jar: CookieJar;
  http: Got;
  /** Signs in through the stand-in's page, by choosing a person there; gives the page it ends on. */
  signIn(email: string, returnTo?: string): Promise<Response<string>>;
  /** The token for unsafe methods. */
  csrfToken(): Promise<string>;
}

export function openBrowser(portalUrl: string, entra: Pick<Entra, 'ca'>): Browser {
  const jar = new CookieJar();
  const http = got.extend({
    prefixUrl: portalUrl,
    cookieJar: jar,
    https: { certificateAuthority: entra.ca },
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  return {
    jar,
    http,
    async signIn(email, returnTo = '/') {
      const page = await http.get('auth/login', { searchParams: { returnTo } });
      const form = readForm(page.body);
      return http.get(form.action, { prefixUrl: '', searchParams: { ...form.fields, login_hint: email } });
    },
    async csrfToken() {
      const me = await http.get('v1/me').json<{ csrfToken: string }>();
      return me.csrfToken;
    },
  };
}

/** The first form of a page: where it goes, and its hidden fields. */
export function readForm(html: string): { action: string; fields: Record<string, string> } {
  const action = /<form [^>]*action="([^"]+)"/.exec(html)?.[1] ?? '';
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  const fields = Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, decode(value)]));
  return { action, fields };
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
