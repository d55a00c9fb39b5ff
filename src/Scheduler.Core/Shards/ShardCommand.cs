using System.Text.Json.Serialization;
using Scheduler.Executions;

namespace Scheduler.Shards;

/// <summary>Everything that can happen to a shard. It carries the time, so that deciding needs no clock.</summary>
/// <param name="Now">When it happens.</param>
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Activated), "activated")]
[JsonDerivedType(typeof(Bounded), "bounded")]
[JsonDerivedType(typeof(Reached), "reached")]
[JsonDerivedType(typeof(PageFailed), "pageFailed")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(Resume), "resume")]
[JsonDerivedType(typeof(Rewind), "rewind")]
[JsonDerivedType(typeof(Found), "found")]
[JsonDerivedType(typeof(Missed), "missed")]
[JsonDerivedType(typeof(Move), "move")]
[JsonDerivedType(typeof(Woken), "woken")]
public abstract record ShardCommand(DateTimeOffset Now)
{
    /// <summary>A round begins, or its execution asks again what became of it.</summary>
    public sealed record Start(DateTimeOffset Now, long Round, ExecutionId Execution, string Node, PollingMode Mode = PollingMode.Full) : ShardCommand(Now)
    {
        /// <summary>The round retries an older one: the shard goes on with that one's pass where it stopped.</summary>
        public bool GoOn { get; init; }
    }

    /// <summary>A process has loaded it: whatever ran before does so no longer.</summary>
    public sealed record Activated(DateTimeOffset Now, string Node) : ShardCommand(Now);

    /// <summary>The source said how far the pass goes. <paramref name="Before"/>: what changed before it is seen when the pass ends; null in full mode.</summary>
    public sealed record Bounded(DateTimeOffset Now, long Token, string? HighestKey, DateTimeOffset? Before = null) : ShardCommand(Now);

    /// <summary>All rows up to the cursor are processed. Where the page goes on after it (<paramref name="PageDone"/> is false), its attempts go on counting.</summary>
    public sealed record Reached(DateTimeOffset Now, long Token, Cursor Cursor, int Rows, bool PageDone = true) : ShardCommand(Now)
    {
        /// <summary>Pages that it covers; without meaning where the last of them goes on.</summary>
        public int Pages { get; init; } = 1;

        /// <summary>Rows at or before the cursor that are put aside, not processed: they become durable with it.</summary>
        public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];
    }

    /// <summary>A page could not be read, or some of its rows not processed. <paramref name="Jitter"/> is a random number in [0, 1).</summary>
    public sealed record PageFailed(DateTimeOffset Now, long Token, string Error, bool Retryable, RetryPolicy Policy, double Jitter) : ShardCommand(Now)
    {
        /// <summary>How long the source or the target wants to be left alone: the next attempt waits at least that long.</summary>
        public TimeSpan Wait { get; init; }
    }

    /// <summary>The pass has come to its bound.</summary>
    public sealed record Ended(DateTimeOffset Now, long Token) : ShardCommand(Now);

    /// <summary>The round is to stop.</summary>
    public sealed record Cancel(DateTimeOffset Now, long Round, ExecutionId Execution) : ShardCommand(Now);

    /// <summary>Somebody wants it not to run.</summary>
    public sealed record Pause(DateTimeOffset Now) : ShardCommand(Now);

    /// <summary>Somebody lets it run again.</summary>
    public sealed record Resume(DateTimeOffset Now) : ShardCommand(Now);

    /// <summary>Somebody wants its next round to begin at that place.</summary>
    public sealed record Rewind(DateTimeOffset Now, RewindPlace To) : ShardCommand(Now);

    /// <summary>Its table was discovered (again).</summary>
    public sealed record Found(DateTimeOffset Now) : ShardCommand(Now);

    /// <summary>Its table was not discovered any more.</summary>
    public sealed record Missed(DateTimeOffset Now) : ShardCommand(Now)
    {
        /// <summary>For which round it was looked for; those after it have looked for themselves.</summary>
        public long Round { get; init; } = long.MaxValue;
    }

    /// <summary>It is to go on at another node.</summary>
    public sealed record Move(DateTimeOffset Now, string Node) : ShardCommand(Now);

    /// <summary>Somebody wants it to be loaded, no more.</summary>
    public sealed record Woken(DateTimeOffset Now) : ShardCommand(Now);
}

/// <summary>What follows from a decision about a shard.</summary>
public abstract record ShardEffect
{
    /// <summary>Run the pass from where the shard stands.</summary>
    public sealed record Run(long Token) : ShardEffect;

    /// <summary>Cancel the run with that token.</summary>
    public sealed record StopRun(long Token) : ShardEffect;

    /// <summary>Let the run come to the end of its page, and the shard go on at that node.</summary>
    public sealed record HandOver(long Token, string Node) : ShardEffect;

    /// <summary>Tell the execution that the round has ended in this shard.</summary>
    public sealed record TellExecution(ExecutionId Execution) : ShardEffect;
}
