using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

/// <summary>The demo's promise, with real processes that get SIGKILL: nothing is lost, and little is seen again.</summary>
[Collection(ProcessTests.Name)]
public sealed class DemoKillTests : IDisposable
{
    /// <summary>640 full pages on 16 slots.</summary>
    static readonly DemoShape shape = new(8, 8, 1000);

    /// <summary>Milliseconds a page: for what is killed at work, for what ends well, and a round of 40 s for what only has to be there.</summary>
    const int Slow = 60, Quick = 10, Slowest = 1000;

    /// <summary>The share of the rows between the one at which a process is killed and the one at which it holds its work: it is killed at work, and on a busy machine in the middle all the same.</summary>
    const double Ahead = 0.3;

    /// <summary>Page size × (slots + pages that wait for their commit; a slot has one of those).</summary>
    const int SeenAgainAfterAKill = 100 * (16 + 16);

    readonly TemporaryDirectory temporary = new();

    DemoDirectory Demo => new(temporary.In("demo"));

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task What_was_killed_in_the_middle_goes_on_and_loses_nothing()
    {
        await KilledAtAsync(0.2);
        await EndsWellAsync(kills: 1);
    }

    [Fact]
    public async Task What_is_killed_again_and_again_loses_nothing()
    {
        var kills = Environment.GetEnvironmentVariable("SCHEDULER_LONG") == "1" ? 20 : 4;
        for (var kill = 1; kill <= kills; kill++) await KilledAtAsync(0.4 * kill / kills);
        await EndsWellAsync(kills);
    }

    [Fact]
    public async Task What_was_stopped_with_ctrl_c_goes_on_and_repeats_nothing()
    {
        await using (var process = Demonstrate(Slow, holdAt: 0.2 + Ahead))
        {
            await SeenAsync(process, 0.2);
            await InterruptAsync(process);
        }
        await EndsWellAsync(kills: 0);
    }

    [Fact]
    public async Task A_second_demo_on_the_same_directory_is_refused_while_the_first_goes_on()
    {
        await using (var first = Demonstrate(Slowest))
        {
            await SeenAsync(first, 0.01);
            await using var second = Demonstrate(Quick);
            Assert.Equal(1, await second.ExitCodeAsync());
            Assert.Contains("is in use by another demo", second.Output);
            var seen = Ledger.Count(Demo.Ledger);
            await Eventually.TrueAsync("the first to go on", () => Ledger.Count(Demo.Ledger) > seen || first.HasExited, () => first.Output);
            await InterruptAsync(first);
        }
        await EndsWellAsync(kills: 0);
    }

    ServerProcess Demonstrate(int workMs, double? holdAt = null) => ServerProcess.Demo(temporary,
        ["--databases", $"{shape.Databases}", "--tables", $"{shape.Tables}", "--rows", $"{shape.Rows}", "--work-ms", $"{workMs}", .. holdAt is { } share ? (string[])["--hold-at", $"{share * 100:0}"] : []]);

    static async Task InterruptAsync(ServerProcess process)
    {
        process.Interrupt();
        Assert.Equal(130, await process.ExitCodeAsync());
        Assert.Contains("goes on from here: demo --dir", process.Output);
    }

    async Task KilledAtAsync(double share)
    {
        await using var process = Demonstrate(Slow, holdAt: share + Ahead);
        await SeenAsync(process, share);
        await process.KillAsync();
    }

    async Task SeenAsync(ServerProcess process, double share)
    {
        await Eventually.TrueAsync($"{share:P0} of the rows in the ledger",
            () => Ledger.Count(Demo.Ledger) >= share * shape.TotalRows || process.HasExited, () => process.Output);
        Assert.False(process.HasExited, process.Output);
    }

    async Task EndsWellAsync(int kills)
    {
        await using var process = Demonstrate(Quick);
        var exitCode = await process.ExitCodeAsync();
        Assert.True(exitCode == 0, process.Output);
        Assert.Contains("Going on with the round", process.Output);
        Assert.Matches(@"(?m)^lost +0$", process.Output);

        var proof = Proof.Of(Demo, shape, CancellationToken.None);
        Assert.Equal((shape.TotalRows, shape.TotalRows, 0L, 0L), (proof.Written, proof.Seen, proof.Unknown, proof.OutOfTurn));
        Assert.InRange(proof.SeenAgain, 0, (long)kills * SeenAgainAfterAKill);
    }
}
