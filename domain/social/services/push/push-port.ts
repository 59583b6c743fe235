import type { Platform } from '#prisma/social';

/** A device that a push goes to, and the notification that the phone asks for when it is tapped. */
export interface Push {
  platform: Platform;
  token: string;
  notificationId: string;
}

/** `unregistered`: the app is no longer on that device, or has another token there. */
export type PushOutcome = 'delivered' | 'unregistered';

/** What came of handing a push over: an outcome, or a receipt to ask for it later with; neither where nobody will tell. */
export interface PushReply {
  outcome?: PushOutcome;
  receipt?: string;
}

/** The way to people's phones. Fails when the push service cannot be reached or does not want it. */
export interface PushPort {
  send(push: Push): Promise<PushReply>;
  /** What became of a push that was handed over; undefined while it is not known. */
  findOutcome(receipt: string): Promise<PushOutcome | undefined>;
}

/** Where pushes go: to Azure Notification Hubs, or to the recorder of a development stack. */
export type PushSettings = { connectionString: string; hubName: string } | { recorderUrl: string };

export const pushTimeoutMs = 10_000;

/**
 * All that a lock screen shows, whatever has happened: no name, no text, no sum, no word of what it is about. With one key for all of
 * them, the newest push replaces the one before.
 */
export const pushText = { title: 'CLYNC', body: 'There is something new for you.' };
export const collapseKey = 'clync';
/** After this a push that could not be delivered is not worth showing any more. */
export const pushLivesSeconds = 86_400;
