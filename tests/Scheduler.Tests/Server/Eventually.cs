using System.Diagnostics;

namespace Scheduler.Tests.Server;

/// <summary>Waits for what another process does: asks again and again until a deadline.</summary>
static class Eventually
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static async Task<T> GetAsync<T>(string expected, Func<Task<T?>> look, Func<string>? instead = null) where T : class
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (await look() is { } found) return found;
            if (waited.Elapsed > Deadline) throw new TimeoutException($"expected {expected} within {Deadline.TotalSeconds} s, got {instead?.Invoke() ?? "nothing"}");
            await Task.Delay(2);
        }
    }

    public static Task TrueAsync(string expected, Func<bool> look, Func<string>? instead = null) =>
        GetAsync(expected, () => Task.FromResult(look() ? expected : null), instead);
}
