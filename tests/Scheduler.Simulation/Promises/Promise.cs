using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>Something that the product promises, and how it is seen to be kept.</summary>
abstract class Promise
{
    public Simulation Simulation { get; set; } = null!;

    protected FakeStore Store => Simulation.Store;

    public virtual void Written(Stored<TaskState>? old, Stored<TaskState> next) { }
    public virtual void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) { }
    public virtual void Written(Stored<ShardState>? old, Stored<ShardState> next) { }
    public virtual void Written(Stored<TenantState>? old, Stored<TenantState> next) { }
    public virtual void Deleted(Stored<ShardState> gone) { }
    public virtual void Purged(Stored<ExecutionState> gone) { }
    public virtual void Purged(Stored<TaskState> gone) { }

    /// <summary>A row is put aside with the checkpoint that passes over it.</summary>
    public virtual void PutAside(ShardState by, DeadLetter letter) { }

    /// <summary>A dead letter is one no more.</summary>
    public virtual void TakenAway(DeadLetter letter) { }

    /// <summary>A row that was put aside was processed out of its turn.</summary>
    public virtual void Replayed(string table, SourceRow row) { }

    /// <summary>Somebody asks for the dead letters of a task to be forgotten.</summary>
    public virtual void Discarding(string task) { }

    /// <summary>Tables were looked for, and these are there.</summary>
    public virtual void Discovered(string task, long round, IReadOnlyList<ShardName> found) { }

    /// <summary>A line became durable.</summary>
    public virtual void Written(LogEntry line, LogMonth month) { }

    /// <summary>An ended execution was counted among its hour's.</summary>
    public virtual void Counted(ExecutionId execution) { }

    /// <summary>User code has logged, and was not held up.</summary>
    public virtual void Told(Process process, string execution, string message) { }

    /// <summary>Somebody has read a line of an execution.</summary>
    public virtual void Read(string execution, LogLine line) { }

    /// <summary>Somebody has read lines of an execution page by page. <paramref name="before"/>: ids of those that had been written before.</summary>
    public virtual void Listed(string execution, IReadOnlyList<LogLine> lines, bool isWhole, IReadOnlyList<string> before) { }

    /// <summary>A process has ended in order.</summary>
    public virtual void Stopped(Process process) { }

    /// <summary>A process says something to an entity.</summary>
    public virtual void Sent(Process process, string to, object command) { }

    /// <summary>User code begins, in a run of an entity.</summary>
    public virtual void CodeBegan(Call call) { }

    /// <summary>User code has processed a row, in a round of an execution.</summary>
    public virtual void Processed(string execution, long round, string table, SourceRow row) { }

    /// <summary>A user was told that something is so.</summary>
    public virtual void Acknowledged(Acknowledgement what) { }

    /// <summary>The store was put back to a backup: what came after it never was.</summary>
    public virtual void RolledBack() { }

    /// <summary>A node told an error.</summary>
    public virtual void Logged(string process, string message, Exception? exception) { }

    /// <summary>A step is over.</summary>
    public virtual void Stepped() { }

    /// <summary>Everything has come to rest.</summary>
    public virtual void Ended() { }

    protected void Broken(string key, string how) => Simulation.Break(GetType().Name, key, how);

    protected void Expect(bool kept, string key, Func<string> how)
    {
        if (!kept) Broken(key, how());
    }
}

/// <summary>What a user was told.</summary>
abstract record Acknowledgement
{
    /// <summary>A task stands so.</summary>
    public sealed record OfTask(TaskView View) : Acknowledgement;

    /// <summary>A task is deleted.</summary>
    public sealed record OfDeletion(long TaskId) : Acknowledgement;

    /// <summary>There will be an execution.</summary>
    public sealed record OfTrigger(string ExecutionId) : Acknowledgement;

    /// <summary>An execution is to be stopped, or has ended.</summary>
    public sealed record OfCancel(ExecutionView View) : Acknowledgement;
}

/// <summary>All of them.</summary>
sealed class Promises : IStoreWatcher
{
    readonly Promise[] all;

    public Promises(Simulation simulation)
    {
        all = [
            new AnOccurrenceIsOneExecution(), new WhatHasEndedStays(), new ARoundOnlyGoesForward(), new AFencingTokenServesOneRun(), new DurableBeforeItIsTold(),
            new AcknowledgedIsKept(), new EveryRowIsProcessed(), new EveryChangeIsProcessed(), new TheWatermarkKeepsTime(), new NumbersOnlyGrow(), new PurgedAfterItsChildren(),
            new WhatIsPutAsideIsKept(), new ATableThatLeaves(),
            new CutOffRunsNothing(), new SuccessorsWait(), new ARoundEndsWithItsShards(), new OneAtATime(), new CrashesRepeatLittle(), new StopsRepeatNothing(), new LinesAreKept(), new LinesAreRead(), new EachIsCountedOnce(), new EverythingIsBounded(), new EachOccurrenceHasOneRecord(),
            new LossesAreSeen(), new LimitsAreKept(), new DrainedBeginsNothing(), new DrainedGetsNoShards(), new NothingBeginsEarly(), new NothingIsDefect(),
            new ThePreviousMakesWay(), new MissedByThePolicy(),
        ];
        foreach (var each in all) each.Simulation = simulation;
    }

    public void Written(Stored<TaskState>? old, Stored<TaskState> next) { foreach (var each in all) each.Written(old, next); }
    public void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) { foreach (var each in all) each.Written(old, next); }
    public void Written(Stored<ShardState>? old, Stored<ShardState> next) { foreach (var each in all) each.Written(old, next); }
    public void Written(Stored<TenantState>? old, Stored<TenantState> next) { foreach (var each in all) each.Written(old, next); }
    public void Deleted(Stored<ShardState> gone) { foreach (var each in all) each.Deleted(gone); }
    public void Purged(Stored<ExecutionState> gone) { foreach (var each in all) each.Purged(gone); }
    public void Purged(Stored<TaskState> gone) { foreach (var each in all) each.Purged(gone); }
    public void PutAside(ShardState by, DeadLetter letter) { foreach (var each in all) each.PutAside(by, letter); }
    public void TakenAway(DeadLetter letter) { foreach (var each in all) each.TakenAway(letter); }
    public void Replayed(string table, SourceRow row) { foreach (var each in all) each.Replayed(table, row); }
    public void Discarding(string task) { foreach (var each in all) each.Discarding(task); }
    public void Discovered(string task, long round, IReadOnlyList<ShardName> found) { foreach (var each in all) each.Discovered(task, round, found); }
    public void Written(LogEntry line, LogMonth month) { foreach (var each in all) each.Written(line, month); }
    public void Counted(ExecutionId execution) { foreach (var each in all) each.Counted(execution); }
    public void Told(Process process, string execution, string message) { foreach (var each in all) each.Told(process, execution, message); }
    public void Read(string execution, LogLine line) { foreach (var each in all) each.Read(execution, line); }
    public void Listed(string execution, IReadOnlyList<LogLine> lines, bool isWhole, IReadOnlyList<string> before) { foreach (var each in all) each.Listed(execution, lines, isWhole, before); }
    public void Stopped(Process process) { foreach (var each in all) each.Stopped(process); }
    public void Sent(Process process, string to, object command) { foreach (var each in all) each.Sent(process, to, command); }
    public void CodeBegan(Call call) { foreach (var each in all) each.CodeBegan(call); }
    public void Processed(string execution, long round, string table, SourceRow row) { foreach (var each in all) each.Processed(execution, round, table, row); }
    public void Acknowledged(Acknowledgement what) { foreach (var each in all) each.Acknowledged(what); }
    public void RolledBack() { foreach (var each in all) each.RolledBack(); }
    public void Logged(string process, string message, Exception? exception) { foreach (var each in all) each.Logged(process, message, exception); }
    public void Stepped() { foreach (var each in all) each.Stepped(); }
    public void Ended() { foreach (var each in all) each.Ended(); }
}
