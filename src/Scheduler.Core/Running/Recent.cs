namespace Scheduler.Running;

/// <summary>What was read a moment ago, for all who ask within that moment: they share one read. What failed is read anew.</summary>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TValue">What is read.</typeparam>
/// <param name="fresh">How long a read serves.</param>
/// <param name="capacity">Reads that are remembered; beyond it all are forgotten.</param>
sealed class Recent<TKey, TValue>(TimeSpan fresh, int capacity) where TKey : notnull
{
    readonly Lock gate = new();
    readonly Dictionary<TKey, (Task<TValue> Value, long ReadAt)> known = [];

    /// <summary>The value, read now where no read is fresh by <paramref name="time"/>. <paramref name="read"/> only begins: the lock is held meanwhile.</summary>
    public Task<TValue> GetAsync(TKey key, TimeProvider time, Func<TKey, Task<TValue>> read)
    {
        lock (gate)
        {
            if (known.TryGetValue(key, out var last) && !last.Value.IsFaulted && time.GetElapsedTime(last.ReadAt) < fresh) return last.Value;
            if (known.Count >= capacity) known.Clear();
            var value = read(key);
            known[key] = (value, time.GetTimestamp());
            return value;
        }
    }

    /// <summary>Has it read anew when it is next asked for.</summary>
    public void Forget(TKey key)
    {
        lock (gate) known.Remove(key);
    }
}
