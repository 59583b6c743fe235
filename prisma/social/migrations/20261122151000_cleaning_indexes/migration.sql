-- What the nightly sweep and the removal of pictures look for: without these each of them reads whole tables, and the foreign
-- key of an avatar reads every profile for each picture that goes.

-- CreateIndex
CREATE INDEX "media_status_created_at_idx" ON "media"("status", "created_at");

-- CreateIndex
CREATE INDEX "profile_avatar_media_id_idx" ON "profile"("avatar_media_id");

-- CreateIndex
CREATE INDEX "refresh_token_used_at_idx" ON "refresh_token"("used_at");
