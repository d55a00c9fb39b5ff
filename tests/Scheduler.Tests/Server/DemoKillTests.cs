using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

/// <summary>The demo's promise, with real processes that get SIGKILL: nothing is lost, and little is seen again.</summary>
[Collection(ProcessTests.Name)]
public sealed class DemoKillTests : IDisposable
{
    /// <summary>640 full pages on 16 slots.</summary>
    static readonly DemoShape shape = new(8, 8, 1000);

    /// <summary>Milliseconds a page: a round of 6.4 s for what is killed in its middle, so that it comes in time on a busy machine too, one of 0.8 s for what ends well, one of 20 s for what only has to be there.</summary>
    const int Slow = 160, Quick = 20, Slowest = 500;

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
        await using (var process = Demonstrate(Slow))
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

    ServerProcess Demonstrate(int workMs) =>
        ServerProcess.Demo(temporary, "--databases", $"{shape.Databases}", "--tables", $"{shape.Tables}", "--rows", $"{shape.Rows}", "--work-ms", $"{workMs}");

    static async Task InterruptAsync(ServerProcess process)
    {
        process.Interrupt();
        Assert.Equal(130, await process.ExitCodeAsync());
        Assert.Contains("goes on from here: demo --dir", process.Output);
    }

    async Task KilledAtAsync(double share)
    {
        await using var process = Demonstrate(Slow);
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
