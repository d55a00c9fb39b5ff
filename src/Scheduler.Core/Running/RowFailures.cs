namespace Scheduler.Running;

/// <summary>
/// How often each row of a page has failed, and which were put aside for it. A batch that throws counts for all its rows, but never the
/// last time: for that a row stands alone, so that none is put aside for its neighbours.
/// </summary>
sealed class RowFailures(int rows, int deadAfter)
{
    readonly int[] counts = new int[rows];
    readonly bool[] alone = new bool[rows];
    readonly SortedDictionary<int, string> dead = [];

    /// <summary>Whether the row's next attempt is made in a batch of its own.</summary>
    public bool Alone(int index) => alone[index];

    /// <summary>Counts a failed attempt; one that no retry mends counts for all that are left.</summary>
    /// <param name="index">The row.</param>
    /// <param name="error">Why.</param>
    /// <param name="retryable">Whether another attempt may succeed.</param>
    /// <param name="alone">Whether the row itself is to blame for certain.</param>
    /// <returns>Whether the row is put aside.</returns>
    public bool Failed(int index, string error, bool retryable, bool alone)
    {
        counts[index]++;
        var last = counts[index] >= deadAfter || !retryable;
        if (!last || !alone)
        {
            this.alone[index] |= counts[index] + 1 >= deadAfter || !retryable;
            return false;
        }
        dead[index] = Failures.Bounded(error); // a handler may name a row twice
        return true;
    }

    /// <summary>The rows put aside among those from <paramref name="from"/> on and before <paramref name="to"/>.</summary>
    public IEnumerable<(int Index, int Attempts, string Error)> Dead(int from, int to) =>
        dead.Where(row => row.Key >= from && row.Key < to).Select(row => (row.Key, counts[row.Key], row.Value));
}
