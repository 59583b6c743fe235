-- CreateTable
CREATE TABLE "user_note" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "author_oid" UUID NOT NULL,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_note_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "user_note_user_id_id_idx" ON "user_note"("user_id", "id" DESC);

-- What staff wrote stays as they wrote it.
REVOKE UPDATE, TRUNCATE ON "user_note" FROM admin;
