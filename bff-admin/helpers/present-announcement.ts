interface AnnouncementRow {
  id: string;
  title: string;
  body: string;
  startsAt: Date;
  endsAt: Date | null;
}

export function presentAnnouncement({ id, title, body, startsAt, endsAt }: AnnouncementRow) {
  return { id, title, body, startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null };
}
