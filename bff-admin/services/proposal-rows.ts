import type { BreakGlass, Proposal } from '#prisma/admin';

/** A proposal, with the grant by which its author may carry it out alone. */
export type ProposalRow = Proposal & { breakGlass: BreakGlass | null };

/** A grant, with what it is for. */
export type BreakGlassRow = BreakGlass & { proposal: Proposal };
