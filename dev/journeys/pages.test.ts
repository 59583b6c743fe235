import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { registerPerson } from './phone.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const inBrowser = executablePath === undefined ? describe.skip : describe;
if (executablePath === undefined) console.log('the pages are not tested: there is no Chromium on this machine');

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

inBrowser('in a real browser', () => {
  const devDir = mkdtempSync(path.join(tmpdir(), 'clync-pages-'));
  let stack: Stack;
  let browser: Browser;

  beforeAll(async () => {
    const launching = chromium.launch({ executablePath: executablePath ?? '', args: quiet });
    stack = await startStack({ devDir, ports: await freePorts(), seed: false });
    browser = await launching;
  });

  afterAll(async () => {
    await browser.close();
    await stack.stop();
    rmSync(devDir, { recursive: true, force: true });
  });

  /** A page without JavaScript, unless asked, that trusts the stand-in's authority and notes who else it talks to. */
  async function openPage({ javaScriptEnabled = false } = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled });
    const page = await context.newPage();
    const strangers: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && !['localhost', '127.0.0.1'].includes(hostname)) strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    return { page, strangers, complaints };
  }

  function urlOf(name: string): string {
    return stack.endpoints.urls[name] ?? '';
  }

  async function headings(page: Page): Promise<string[]> {
    return page.locator('h1').allTextContents();
  }

  test('a partner reads the documents, and nothing comes from another host', async () => {
    const { page, strangers, complaints } = await openPage({ javaScriptEnabled: true });

    await page.goto(`${urlOf('bff-mobile')}/docs#/Screens/getHomeScreen`);
    await page.getByText('Everything the app shows first.').first().waitFor({ timeout: 60_000 });

    expect(await page.title()).toBe('CLYNC API documents');
    expect(strangers).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('staff sign in and out by plain forms', async () => {
    const { page, strangers } = await openPage();

    await page.goto(`${urlOf('bff-admin')}/auth/login`);
    await page.getByText('auditor@clync.example').click();
    const signedIn = await page.textContent('main');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${urlOf('bff-admin')}/v1/me`);

    expect(signedIn).toContain('Auditor');
    expect(await page.textContent('body')).toContain('unauthenticated');
    expect(strangers).toEqual([]);
  });

  test('whoever signs out at Azure AD is signed out of the portal too', async () => {
    const { page } = await openPage();
    const { tenantId } = stack.endpoints.entra;

    await page.goto(`${urlOf('bff-admin')}/auth/login`);
    await page.getByText('support@clync.example').click();
    await page.goto(`${urlOf('bff-admin')}/v1/me`);
    const before = await page.textContent('body');
    await page.goto(`${urlOf('entra')}/${tenantId}/oauth2/v2.0/logout`);
    await page.goto(`${urlOf('bff-admin')}/v1/me`);

    expect(before).toContain('Support');
    expect(await page.textContent('body')).toContain('unauthenticated');
  });

  test("a person allows an account at the bank's page and is led back to the app", async () => {
    const ada = await registerPerson(urlOf('bff-mobile'), 'ada');
    const { body } = await ada.api.createConnection({ body: {} });
    const { page, strangers } = await openPage();

    await page.goto(body.authorizeUrl);
    await page.locator('a.bank').first().click();
    await page.getByRole('button', { name: 'Allow' }).click();

    expect(await headings(page)).toEqual(['Your bank is linked']);
    expect(await page.getByRole('link', { name: 'Back to the app' }).getAttribute('href')).toMatch(
      /^clync:\/\/connections\/[\da-f-]{36}\?status=active$/,
    );
    expect(strangers).toEqual([]);
  });
});
