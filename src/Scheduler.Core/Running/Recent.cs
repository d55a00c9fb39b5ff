namespace Scheduler.Running;

/// <summary>What was read a moment ago, for all who ask within that moment: they share one read. What failed is read anew.</summary>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TValue">What is read.</typeparam>
/// <param name="fresh">How long a read serves.</param>
/// <param name="capacity">Reads that are remembered for certain; at twice as many the older half is forgotten.</param>
sealed class Recent<TKey, TValue>(TimeSpan fresh, int capacity) where TKey : notnull
{
    readonly Lock gate = new();
    Dictionary<TKey, (Task<TValue> Value, long ReadAt)> young = [], old = [];

    /// <summary>The value, read now where no read is fresh by <paramref name="time"/>. <paramref name="read"/> only begins: the lock is held meanwhile.</summary>
    public Task<TValue> GetAsync(TKey key, TimeProvider time, Func<TKey, Task<TValue>> read)
    {
        lock (gate)
        {
            if ((young.TryGetValue(key, out var last) || old.TryGetValue(key, out last)) && !last.Value.IsFaulted && time.GetElapsedTime(last.ReadAt) < fresh) return last.Value;
            return Keep(key, time, read(key));
        }
    }

    /// <summary>Takes what somebody else knows to be so now.</summary>
    public void Learn(TKey key, TimeProvider time, TValue value)
    {
        lock (gate) Keep(key, time, Task.FromResult(value));
    }

    /// <summary>Has it read anew when it is next asked for.</summary>
    public void Forget(TKey key)
    {
        lock (gate)
        {
            young.Remove(key);
            old.Remove(key);
        }
    }

    Task<TValue> Keep(TKey key, TimeProvider time, Task<TValue> value)
    {
        if (young.Count >= capacity) (old, young) = (young, []);
        young[key] = (value, time.GetTimestamp());
        return value;
    }
}
