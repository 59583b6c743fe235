-- The pictures that people show on their pockets, which nothing else here says are in use.

-- CreateTable
CREATE TABLE "pocket_image" (
    "pocket_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "media_id" UUID NOT NULL,

    CONSTRAINT "pocket_image_pkey" PRIMARY KEY ("pocket_id","account_id","media_id")
);

-- CreateIndex
CREATE INDEX "pocket_image_media_id_idx" ON "pocket_image"("media_id");

-- CreateIndex
CREATE INDEX "pocket_image_account_id_idx" ON "pocket_image"("account_id");

-- AddForeignKey
ALTER TABLE "pocket_image" ADD CONSTRAINT "pocket_image_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pocket_image" ADD CONSTRAINT "pocket_image_media_id_fkey" FOREIGN KEY ("media_id") REFERENCES "media"("id") ON DELETE CASCADE ON UPDATE CASCADE;
