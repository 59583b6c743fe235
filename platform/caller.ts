import { Problem } from './problem.ts';

/** For whom a service token was made: a person, a member of staff, or the calling service itself. */
export type CallerKind = 'member' | 'staff' | 'service';

/** Who calls a domain service. A kind that the operation's `security` does not list never gets this far. */
export class Caller {
  /** The process that calls, such as `bff-mobile`. */
  readonly service: string;
  readonly kind: CallerKind;
  readonly #subject: string | undefined;

  constructor(service: string, kind: CallerKind, subject?: string) {
    this.service = service;
    this.kind = kind;
    this.#subject = subject;
  }

  static member(service: string, userId: string): Caller {
    return new Caller(service, 'member', userId);
  }

  static staff(service: string, staffId: string): Caller {
    return new Caller(service, 'staff', staffId);
  }

  static service(service: string): Caller {
    return new Caller(service, 'service');
  }

  /** The person for whom the call is made; a 403 when it is made for nobody. */
  get userId(): string {
    return this.#subjectOf('member');
  }

  /** The member of staff for whom the call is made; a 403 when it is made for nobody. */
  get staffId(): string {
    return this.#subjectOf('staff');
  }

  #subjectOf(kind: CallerKind): string {
    if (this.kind !== kind || this.#subject === undefined) throw new Problem('forbidden');
    return this.#subject;
  }
}
