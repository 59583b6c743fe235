-- AlterTable
ALTER TABLE "announcement" ADD COLUMN     "flag_key" TEXT,
ADD COLUMN     "max_app_version" TEXT,
ADD COLUMN     "min_app_version" TEXT,
ADD COLUMN     "platforms" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "announcement_dismissal" (
    "announcement_id" UUID NOT NULL,
    "person_hash" TEXT NOT NULL,

    CONSTRAINT "announcement_dismissal_pkey" PRIMARY KEY ("announcement_id","person_hash")
);

-- CreateTable
CREATE TABLE "feature_flag" (
    "key" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "percent" INTEGER NOT NULL,
    "platforms" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "min_app_version" TEXT,
    "max_app_version" TEXT,
    "money" BOOLEAN NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "decision_id" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feature_flag_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "feature_flag_percent_is_one" CHECK ("percent" BETWEEN 0 AND 100)
);

-- CreateTable
CREATE TABLE "app_version" (
    "platform" TEXT NOT NULL,
    "minimum" TEXT NOT NULL,
    "recommended" TEXT NOT NULL,
    "current" TEXT NOT NULL,
    "store_url" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "app_version_pkey" PRIMARY KEY ("platform")
);

-- AddForeignKey
ALTER TABLE "announcement" ADD CONSTRAINT "announcement_flag_key_fkey" FOREIGN KEY ("flag_key") REFERENCES "feature_flag"("key") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "announcement_dismissal" ADD CONSTRAINT "announcement_dismissal_announcement_id_fkey" FOREIGN KEY ("announcement_id") REFERENCES "announcement"("id") ON DELETE CASCADE ON UPDATE CASCADE;
