namespace Scheduler.Simulation;

/// <summary>
/// The one thread, the one clock and the one queue. Which of the waiting pieces of work comes next is the seed's to say; time moves on to the
/// next timer only when nothing waits.
/// </summary>
sealed class World
{
    /// <summary>When every world begins: a whole second, the end of a leap day, so that schedules meet one, and lines the next month.</summary>
    public static readonly DateTimeOffset Origin = new(2028, 2, 29, 23, 59, 30, TimeSpan.Zero);

    readonly int thread = Environment.CurrentManagedThreadId;
    readonly List<Work> ready = [];
    readonly PriorityQueue<(SimTimer Timer, int Turn), (long Due, long Order)> timers = new();
    readonly Prng random;
    readonly int window;
    long order;

    public World(Prng random, Trace trace)
    {
        (this.random, Trace, Outside) = (random, trace, new(this, ""));
        window = random.Pick([1, 4, 16, int.MaxValue]);
    }

    public Trace Trace { get; }

    /// <summary>Where everything happens that no process does.</summary>
    public Lane Outside { get; }

    public TimeSpan Elapsed { get; private set; }

    /// <summary>True time, which is the database's.</summary>
    public DateTimeOffset Now => Origin + Elapsed;

    public long Steps { get; private set; }

    /// <summary>What nobody may do was done: work left the simulation's thread, or threw where nobody looks.</summary>
    public string? Defected { get; private set; }

    public void Defect(string what, Exception? cause = null) => Defected ??= cause is null ? what : $"{what}\n{cause}";

    public void AssertInside()
    {
        if (Environment.CurrentManagedThreadId == thread) return;
        Defect($"work left the simulation's thread:\n{Environment.StackTrace}");
        throw new InvalidOperationException("work left the simulation's thread");
    }

    public void Enqueue(Work work) => ready.Add(work);

    /// <summary>Takes the waiting work of a lane away.</summary>
    public void TakeOf(Lane lane, List<(SendOrPostCallback, object?)> into)
    {
        into.AddRange(ready.Where(each => each.Lane == lane).Select(each => (each.Callback, each.State)));
        ready.RemoveAll(each => each.Lane == lane);
    }

    /// <summary>Has something happen outside of all processes, after a while.</summary>
    public void After(TimeSpan wait, Action happen) => _ = new SimTimer(this, Outside, null, _ => happen(), null, wait);

    public void Schedule(SimTimer timer, int turn, TimeSpan due) => timers.Enqueue((timer, turn), (Math.Max(due.Ticks, Elapsed.Ticks), order++));

    /// <summary>Does the next thing. False: nothing will ever happen again.</summary>
    public bool Step()
    {
        while (ready.Count == 0)
        {
            if (!timers.TryDequeue(out var next, out var priority)) return false;
            if (!next.Timer.IsDue(next.Turn)) continue;
            Elapsed = TimeSpan.FromTicks(priority.Due);
            next.Timer.Fire();
        }
        var index = window == 1 || ready.Count == 1 ? 0 : random.Below(Math.Min(window, ready.Count));
        var work = ready[index];
        ready.RemoveAt(index);
        Steps++;
        SynchronizationContext.SetSynchronizationContext(work.Lane);
        work.Callback(work.State);
        return true;
    }

    public void Note(string node, string kind, string key, long number = 0, Func<string>? text = null) => Trace.Note(Elapsed, node, kind, key, number, text);
}
