-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "asked_at" TIMESTAMPTZ(3),
ADD COLUMN     "pages_began_at" TIMESTAMPTZ(3),
ADD COLUMN     "pages_from" TEXT,
ADD COLUMN     "rest_until" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "bank_transaction" ADD COLUMN     "category" TEXT NOT NULL DEFAULT 'other',
ADD COLUMN     "duplicate_of" UUID,
ADD COLUMN     "first_seen_at" TIMESTAMPTZ(3),
ADD COLUMN     "merchant" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "origin_id" UUID;

-- CreateTable
CREATE TABLE "transaction_edit" (
    "origin_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "category" TEXT,
    "note" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transaction_edit_pkey" PRIMARY KEY ("origin_id")
);

-- CreateTable
CREATE TABLE "merchant_category" (
    "user_id" UUID NOT NULL,
    "merchant" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "merchant_category_pkey" PRIMARY KEY ("user_id","merchant")
);

-- CreateTable
CREATE TABLE "call_count" (
    "connection_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "scope" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,

    CONSTRAINT "call_count_pkey" PRIMARY KEY ("connection_id","day","scope")
);

-- CreateIndex
CREATE INDEX "transaction_edit_account_id_idx" ON "transaction_edit"("account_id");

-- CreateIndex
CREATE INDEX "transaction_edit_user_id_idx" ON "transaction_edit"("user_id");

-- CreateIndex
CREATE INDEX "bank_transaction_origin_id_idx" ON "bank_transaction"("origin_id");

-- CreateIndex
CREATE INDEX "bank_transaction_duplicate_of_idx" ON "bank_transaction"("duplicate_of");

-- AddForeignKey
ALTER TABLE "transaction_edit" ADD CONSTRAINT "transaction_edit_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.
ALTER TABLE "call_count" ADD CONSTRAINT "call_count_scope_known" CHECK ("scope" IN ('accounts', 'balances', 'transactions'));
