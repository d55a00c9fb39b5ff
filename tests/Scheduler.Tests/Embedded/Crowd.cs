using System.Collections.Concurrent;

namespace Scheduler.Tests.Embedded;

/// <summary>Counts who is at the same place at once. Each stays until as many as are expected have been there together, however slow the machine is.</summary>
/// <param name="expected">How many, in all places.</param>
sealed class Crowd(int expected)
{
    readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConcurrentDictionary<string, int> most = [];
    readonly Dictionary<string, int> present = [];
    int all;

    /// <summary>The most that were at each place at once.</summary>
    public IReadOnlyDictionary<string, int> Most => most;

    /// <summary>The most that were anywhere at once.</summary>
    public int MostOfAll { get; private set; }

    /// <summary>Comes, and stays for a moment at least; leaves when the result is disposed of.</summary>
    /// <exception cref="TimeoutException">So many never come together.</exception>
    public async Task<IDisposable> ComeAsync(string place, CancellationToken cancellationToken)
    {
        lock (present)
        {
            present[place] = present.GetValueOrDefault(place) + 1;
            most[place] = Math.Max(most.GetValueOrDefault(place), present[place]);
            MostOfAll = Math.Max(MostOfAll, ++all);
            if (all >= expected) complete.TrySetResult();
        }
        await complete.Task.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken);
        await Task.Delay(1, cancellationToken);
        return new Present(this, place);
    }

    void Leave(string place)
    {
        lock (present) (present[place], all) = (present[place] - 1, all - 1);
    }

    sealed class Present(Crowd crowd, string place) : IDisposable
    {
        public void Dispose() => crowd.Leave(place);
    }
}
