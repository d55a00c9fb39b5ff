namespace Scheduler.Running.Sources;

/// <summary>
/// Leaves a database alone that failed again and again: after so many failures in a row it is open for a while, which doubles with each
/// probe that fails. When the while is over one shard goes first, and the others see how it fares.
/// </summary>
sealed class Breaker(Node node)
{
    readonly Lock gate = new();
    int failures;
    int opened; // probes that failed since it was closed, and the opening itself
    DateTimeOffset? openUntil;
    TaskCompletionSource? probing;

    /// <summary>When it was opened; null while it is closed.</summary>
    public DateTimeOffset? OpenSince { get; private set; }

    /// <summary>When the next shard may try; null while it is closed.</summary>
    public DateTimeOffset? OpenUntil
    {
        get { lock (gate) return openUntil; }
    }

    /// <summary>The last failure.</summary>
    public string? LastError { get; private set; }

    /// <summary>Ends when the database may be asked.</summary>
    /// <returns>Whether the caller is the one that tries first; it then says how it fared, or <see cref="GiveUpProbe"/>.</returns>
    public async ValueTask<bool> EnterAsync(CancellationToken stop)
    {
        while (true)
        {
            TaskCompletionSource? probe;
            DateTimeOffset at;
            lock (gate)
            {
                if (openUntil is not { } until) return false;
                if (probing is null && node.Clock.Now >= until)
                {
                    probing = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    return true;
                }
                (probe, at) = (probing, until);
            }
            if (probe is not null) await probe.Task.OrStopAsync(stop);
            else await node.DelayUntilAsync(at, stop);
        }
    }

    /// <summary>The database answered.</summary>
    /// <returns>Whether that closed it.</returns>
    public bool Succeeded()
    {
        if (Volatile.Read(ref failures) == 0) return false;
        lock (gate)
        {
            var closes = openUntil is not null;
            (failures, opened, openUntil, OpenSince) = (0, 0, null, null);
            EndProbe();
            return closes;
        }
    }

    /// <summary>The database did not answer.</summary>
    /// <param name="error">What it said.</param>
    /// <param name="opens">Whether that opened it.</param>
    /// <returns>Whether it is open: then nobody is to blame but the database.</returns>
    public bool Failed(string error, out bool opens)
    {
        lock (gate)
        {
            opens = false;
            LastError = error;
            failures++;
            if (openUntil is null && failures < node.Limits.BreakerFailures) return false;
            var now = node.Clock.Now;
            if (openUntil is null)
            {
                (opens, OpenSince) = (true, now);
                openUntil = now + Pause(opened++);
            }
            else if (probing is not null) openUntil = now + Pause(opened++);
            // Else it was under way when the breaker opened, and tells nothing new.
            EndProbe();
            return true;
        }
    }

    /// <summary>Whoever was to try first does not: another may.</summary>
    public void GiveUpProbe()
    {
        lock (gate) EndProbe();
    }

    void EndProbe()
    {
        probing?.TrySetResult();
        probing = null;
    }

    TimeSpan Pause(int times)
    {
        var pause = node.Limits.BreakerPause * Math.Pow(2, Math.Min(times, 30));
        return pause < node.Limits.BreakerPauseAtMost ? pause : node.Limits.BreakerPauseAtMost;
    }
}
