namespace Scheduler;

/// <summary>
/// A clock that stands still until it is moved, for tests of what happens at a certain time: <c>o.Time = time</c>, then
/// <c>time.Advance(TimeSpan.FromHours(1))</c>. Timers that come due fire in their order, inside <see cref="Advance"/>; what they start goes on
/// by itself, so wait for what is expected (<see cref="SchedulerClientExtensions.WaitForExecutionAsync"/>).
/// </summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    sealed class Timer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public long? DueAt { get; set; }
        public TimeSpan Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Set(this, dueTime, period);

        public void Dispose() => owner.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    readonly Lock gate = new();
    readonly List<Timer> timers = [];
    long ticks = start.UtcTicks;

    /// <summary>Begins at noon UTC of 1 January 2026.</summary>
    public ManualTime() : this(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (gate) return ticks;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        lock (gate) timers.Add(timer);
        Set(timer, dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long until;
        lock (gate) until = ticks + by.Ticks;
        while (Next(until) is { } timer) timer.Fire();
        lock (gate) ticks = Math.Max(ticks, until);
    }

    /// <summary>Moves the clock forward to an instant; one that has passed moves nothing.</summary>
    public void AdvanceTo(DateTimeOffset instant)
    {
        if (instant > GetUtcNow()) Advance(instant - GetUtcNow());
    }

    Timer? Next(long until)
    {
        lock (gate)
        {
            var next = timers.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
            if (next is null) return null;
            ticks = Math.Max(ticks, next.DueAt!.Value);
            next.DueAt = next.Period > TimeSpan.Zero ? next.DueAt + next.Period.Ticks : null;
            return next;
        }
    }

    bool Set(Timer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            if (!timers.Contains(timer)) return false;
            timer.Period = period;
            timer.DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : ticks + dueTime.Ticks;
            if (dueTime != TimeSpan.Zero) return true;
            timer.DueAt = period > TimeSpan.Zero ? ticks + period.Ticks : null;
        }
        ThreadPool.QueueUserWorkItem(static due => due.Fire(), timer, preferLocal: false); // due now: no advance is waited for
        return true;
    }

    void Remove(Timer timer)
    {
        lock (gate) timers.Remove(timer);
    }
}
