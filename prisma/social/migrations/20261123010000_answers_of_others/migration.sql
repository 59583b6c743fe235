-- Answers that are kept for somebody's key and show another person: they are looked for when that person's account is erased.
CREATE INDEX "idempotency_quoted_author_idx" ON "idempotency" (("body" #>> '{quote,post,author,id}'))
  WHERE "body" #>> '{quote,post,author,id}' IS NOT NULL;
CREATE INDEX "idempotency_mentions_idx" ON "idempotency" USING GIN (("body" -> 'mentions') jsonb_path_ops)
  WHERE "body" -> 'mentions' <> '[]';
