-- A person's transactions, for export and erasure, in an order that no change of a transaction moves.
-- CreateIndex
CREATE INDEX "bank_transaction_user_id_id_idx" ON "bank_transaction"("user_id", "id");
