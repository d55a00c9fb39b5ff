using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// Wakes entities at or after their time. It reads who is due in the coming window, and keeps those in a heap behind one timer, so that
/// precision is a timer's while the process lives and nothing is lost when it does not. Its own next read stands in the heap like any other.
/// Several of them share the reading by buckets; whom it was told of by an entity in its own process it wakes in any case.
/// </summary>
public sealed class Sweeper : IDisposable
{
    /// <summary>Rows that a read of due entities takes at most.</summary>
    const int LargestRead = 65_536;

    // Two windows overlap by this much, so that nobody falls between them.
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(1);
    static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);
    static readonly TimeSpan OneDay = TimeSpan.FromDays(1);

    /// <summary>Stands for the sweeper's own next read.</summary>
    static readonly Sleeper Self = new(0, null);

    readonly Node node;
    readonly CancellationTokenSource stop = new();
    readonly Lock gate = new();
    readonly PriorityQueue<Sleeper, DateTimeOffset> heap = new();
    readonly Dictionary<Sleeper, DateTimeOffset> armed = [];
    readonly List<WakeBucket> buckets = [];
    readonly ITimer timer;
    DateTimeOffset timerAt = DateTimeOffset.MaxValue;
    bool disposed, reading, wantedAhead;
    DateTimeOffset? wanted; // whom to read next: those before it

    /// <summary>Makes a sweeper that wakes nobody until it is told to.</summary>
    public Sweeper(Node node)
    {
        this.node = node;
        timer = node.Limits.Time.CreateTimer(_ => node.Background.Start(FireAsync), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins to read who is due in a bucket, and goes on until it is dropped.</summary>
    public void Take(WakeBucket bucket)
    {
        lock (gate) if (!buckets.Contains(bucket)) buckets.Add(bucket);
        Arm(Self, node.Clock.Now);
    }

    /// <summary>Reads no more of a bucket: another does. Whom it has read already is woken all the same.</summary>
    public void Drop(WakeBucket bucket)
    {
        lock (gate) buckets.Remove(bucket);
    }

    /// <summary>Has a sleeper woken at or after <paramref name="at"/>. Where the heap is full, one beyond the window is left to a later read.</summary>
    public void Arm(Sleeper sleeper, DateTimeOffset at)
    {
        lock (gate)
        {
            // Its own next read is never left out: who else would read?
            if (sleeper != Self && armed.Count >= node.Limits.Armed && at > node.Clock.Now + node.Limits.SweepWindow) return;
            if (disposed || (armed.TryGetValue(sleeper, out var known) && known <= at)) return;
            armed[sleeper] = at;
            heap.Enqueue(sleeper, at);
            SetTimer();
        }
    }

    /// <summary>
    /// Has those read who want to be woken before an instant. One read follows another: of two side by side, one would wake from rows that the
    /// other is having written.
    /// </summary>
    void Read(DateTimeOffset before, bool ahead)
    {
        lock (gate)
        {
            (wanted, wantedAhead) = (wanted > before ? wanted : before, wantedAhead || ahead);
            if (reading) return;
            reading = true;
        }
        node.Background.Start(ReadAsync);
    }

    async Task ReadAsync()
    {
        while (true)
        {
            DateTimeOffset before;
            bool ahead;
            WakeBucket[] mine;
            lock (gate)
            {
                reading = wanted is not null;
                if (wanted is not { } some) return;
                (before, ahead, wanted, wantedAhead, mine) = (some, wantedAhead, null, false, [.. buckets]);
            }
            try
            {
                foreach (var bucket in mine) await ScanAsync(bucket, before, stop.Token);
                if (ahead) Arm(Self, before - Overlap);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                node.Log.LogWarning("Node {Node} could not read who is due and tries again within {Every}: {Reason}", node.Id, node.Limits.BeatEvery, Failures.Text(failure));
                Arm(Self, node.Clock.Now + node.Limits.BeatEvery);
            }
            catch (Exception)
            {
                return; // the node stops
            }
        }
    }

    /// <summary>Who is overdue is woken now, a page at a time, so that memory stays bounded.</summary>
    async Task ScanAsync(WakeBucket bucket, DateTimeOffset before, CancellationToken stop)
    {
        await ScanAsync(limit => node.Store.DueTasksAsync(bucket, before, limit, stop), task => (new Sleeper(task.State.Id, null), Ahead.WakeAt(task.State, node.Limits.Tasks)!.Value),
            task => node.Router.AskAsync(task.State.Id, new TaskCommand.Woken(node.Clock.Now), task), stop);
        await ScanAsync(limit => node.Store.DueExecutionsAsync(bucket, before, limit, stop), execution => (new Sleeper(0, execution.State.Id), execution.State.WakeAt!.Value),
            execution => node.Router.AskAsync(execution.State.Id, new ExecutionCommand.Woken(node.Clock.Now), execution), stop);
    }

    async Task ScanAsync<TState>(Func<int, ValueTask<IReadOnlyList<Stored<TState>>>> read, Func<Stored<TState>, (Sleeper Sleeper, DateTimeOffset At)> of,
        Func<Stored<TState>, Task> wake, CancellationToken stop)
    {
        HashSet<Sleeper> seen = [];
        for (var limit = node.Limits.ReadBatch; ;)
        {
            stop.ThrowIfCancellationRequested();
            var due = await read(limit);
            List<Task> waking = [];
            foreach (var each in due)
            {
                var (sleeper, at) = of(each);
                if (!seen.Add(sleeper)) continue;
                if (at > node.Clock.Now) Arm(sleeper, at);
                else waking.Add(TryAsync(wake(each), sleeper));
            }
            await waking.AllAsync();
            if (due.Count < limit) return;
            if (waking.Count == 0)
            {
                // The whole page sleeps in the heap already: look further.
                if (limit >= LargestRead) return;
                limit *= 4;
            }
        }
    }

    async Task TryAsync(Task waking, Sleeper sleeper)
    {
        try
        {
            await waking;
        }
        catch (Exception failure)
        {
            node.Log.LogWarning("{Sleeper} was due and could not be woken; the next scan within {Window} tries again: {Reason}", sleeper, node.Limits.SweepWindow, failure.Message);
        }
    }

    Task FireAsync()
    {
        List<Sleeper> due = [];
        lock (gate)
        {
            timerAt = DateTimeOffset.MaxValue;
            var now = node.Clock.Now;
            while (heap.TryPeek(out var sleeper, out var at) && at <= now)
            {
                heap.Dequeue();
                if (!armed.TryGetValue(sleeper, out var wanted) || wanted != at) continue; // armed anew for an earlier time, and woken then
                armed.Remove(sleeper);
                due.Add(sleeper);
            }
            SetTimer();
        }
        // Whom a read would have to precede: many of them are read together.
        var away = due.FindAll(sleeper => sleeper != Self && !(sleeper.Execution is { } execution ? node.Router.Holds(execution) : node.Router.Holds(sleeper.TaskId)));
        if (away.Count >= node.Limits.ReadTogether)
        {
            due = [.. due.Except(away)];
            Read(node.Clock.Now + node.Limits.Tasks.FireAhead + OneMillisecond, ahead: false);
        }
        foreach (var sleeper in due)
        {
            if (sleeper == Self) Read(node.Clock.Now + node.Limits.SweepWindow + Overlap, ahead: true);
            else if (sleeper.Execution is { } execution) node.Router.Send(execution, new ExecutionCommand.Woken(node.Clock.Now));
            else node.Router.Send(sleeper.TaskId, new TaskCommand.Woken(node.Clock.Now));
        }
        return Task.CompletedTask;
    }

    void SetTimer()
    {
        if (disposed || !heap.TryPeek(out _, out var first) || first >= timerAt) return;
        timerAt = first;
        for (DateTimeOffset now; ;)
        {
            now = node.Clock.Now;
            var wait = first - now;
            // Timers count milliseconds: less than one would be none at all, and come too early. They know no more than 49 days.
            timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < OneMillisecond ? OneMillisecond : wait < OneDay ? wait : OneDay, Timeout.InfiniteTimeSpan);
            if (node.Clock.Now - now < OneMillisecond) return; // else the clock was moved meanwhile, and the timer is late
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate) disposed = true;
        stop.Cancel();
        timer.Dispose();
    }
}
