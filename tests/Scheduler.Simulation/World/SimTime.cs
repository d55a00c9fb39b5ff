namespace Scheduler.Simulation;

/// <summary>A process's clocks: a wall clock that may be wrong and steps, a monotonic one that drifts, and timers that are a little early or late.</summary>
sealed class SimTime(World world, Lane lane, Prng random, double rate) : TimeProvider
{
    readonly long started = random.Below(1_000_000_000);

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan WallOffset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        world.AssertInside();
        return world.Now + WallOffset;
    }

    public override long GetTimestamp()
    {
        world.AssertInside();
        return started + (long)(world.Elapsed.Ticks * rate);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        world.AssertInside();
        return new SimTimer(world, lane, this, callback, state, dueTime);
    }

    /// <summary>In true time: what the process's clock takes for <paramref name="wait"/>.</summary>
    public TimeSpan True(TimeSpan wait) => TimeSpan.FromTicks((long)(wait.Ticks / rate));

    // A timer may come up to a millisecond early, and some late.
    public long Jitter(TimeSpan wait) => wait <= TimeSpan.FromMilliseconds(1) ? 0 : random.Below(20_000) - 5_000;
}

/// <summary>One timer. It fires by posting its callback to its lane, so that a paused process sees it when it wakes up.</summary>
sealed class SimTimer : ITimer
{
    readonly World world;
    readonly Lane lane;
    readonly SimTime? time;
    readonly TimerCallback callback;
    readonly object? state;
    int turn;
    bool armed;

    /// <summary>A null <paramref name="time"/>: it keeps true time.</summary>
    public SimTimer(World world, Lane lane, SimTime? time, TimerCallback callback, object? state, TimeSpan due)
    {
        (this.world, this.lane, this.time, this.callback, this.state) = (world, lane, time, callback, state);
        Arm(due);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        world.AssertInside();
        if (lane.Dead) return false;
        turn++;
        armed = false;
        Arm(dueTime);
        return true;
    }

    void Arm(TimeSpan due)
    {
        if (due == Timeout.InfiniteTimeSpan || lane.Dead) return;
        armed = true;
        world.Schedule(this, turn, world.Elapsed + (time is null ? due : time.True(due) + TimeSpan.FromTicks(time.Jitter(due))));
    }

    public bool IsDue(int of) => armed && of == turn && !lane.Dead;

    public void Fire()
    {
        armed = false;
        var fired = turn;
        lane.Post(_ =>
        {
            if (fired == turn) callback(state);
        }, null);
    }

    public void Dispose()
    {
        turn++;
        armed = false;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
