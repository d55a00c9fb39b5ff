namespace Scheduler.Simulation;

/// <summary>Everything that may go wrong. Each seed draws which of them do, and how often.</summary>
enum FaultKind
{
    StoreFailsBefore, StoreFailsAfter, StoreSlow, StoreHangs, StoreDown, NodeCutOff, Rollback,
    MessageLost, MessageDoubled, MessageDelayed, MessageVeryLate, AnswerLost,
    Crash, CrashBetweenEffects, CrashInCommit, NodePaused, NodeStopped, NodeJoins,
    ClockSteps, ClockDrifts,
    QueryFails, QuerySlow, QueryHangs, RowLate, RowInserted, RowUnstorable, RowPoisoned, TableDropped, TableFound,
    HandlerThrows, HandlerGivesUp, RowsFail, HandlerHangs, HandlerDeaf, HandlerSlow, ResultUnfit,
}
