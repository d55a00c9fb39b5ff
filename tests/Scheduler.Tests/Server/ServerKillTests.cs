using System.Net.Http.Json;
using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

/// <summary>The server's promise, with real processes that get SIGKILL.</summary>
[Collection(ProcessTests.Name)]
public sealed class ServerKillTests : IAsyncLifetime
{
    static readonly DemoShape shape = new(8, 8, 1000);

    /// <summary>Page size × (slots + pages that wait for their commit; a slot has one of those).</summary>
    const int SeenAgainAfterAKill = 100 * (16 + 16);

    /// <summary>Milliseconds a batch: for the server that is killed at work, and for any other.</summary>
    const int Slow = 60, Quick = 10;

    readonly TemporaryDirectory temporary = new();

    DemoDirectory Demo => new(temporary.In("demo"));

    public Task InitializeAsync()
    {
        Demo.Hold().Dispose();
        return Sources.CreateAsync(Demo, shape, _ => { }, CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        temporary.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_round_goes_on_after_a_kill_and_is_neither_stuck_nor_doubled()
    {
        await using (var server = Serve(Slow, ("Scheduler__Demo__HoldAt", "50"))) // it comes to the end at no kill that is late
        {
            using var http = await server.ListensAsync();
            var definition = new TaskDefinition { Name = "rows", Handler = new() { Polling = new() { Handler = "demo.rows", Shards = shape.Patterns, PageSize = 100 } } };
            (await http.PostAsJsonAsync("tasks", definition, SchedulerJson.Strict)).EnsureSuccessStatusCode();
            (await http.PostAsync("tasks/rows/trigger", null)).EnsureSuccessStatusCode();
            await Eventually.TrueAsync("a tenth of the rows in the ledger", () => Ledger.Count(Demo.Ledger) >= 0.1 * shape.TotalRows || server.HasExited, () => server.Output);
            await server.KillAsync();
        }
        Assert.InRange(Ledger.Count(Demo.Ledger), 1, shape.TotalRows - 1);

        await using var successor = Serve();
        using var again = await successor.ListensAsync();
        var executions = await Eventually.GetAsync("an execution that has ended", async () =>
            await ExecutionsAsync(again) is var all && all.All(each => each.EndedAt is not null) ? all : null, () => successor.Output);

        var execution = Assert.Single(executions);
        Assert.Equal((ExecutionStatus.Succeeded, 1L, shape.TotalRows), (execution.Status, execution.Sequence, execution.Rows));
        var proof = Proof.Of(Demo, shape, CancellationToken.None);
        Assert.Equal((0L, 0L, 0L), (proof.Lost, proof.Unknown, proof.OutOfTurn));
        Assert.InRange(proof.SeenAgain, 0, SeenAgainAfterAKill);
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_is_refused_while_the_first_serves()
    {
        await using var first = Serve();
        using var http = await first.ListensAsync();
        await using var second = Serve();
        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Contains(temporary.In("scheduler.db"), second.Output);
        Assert.DoesNotContain("   at ", second.Output); // told, not thrown
        Assert.Empty(await ExecutionsAsync(http));
    }

    [Theory]
    [InlineData("Scheduler__Demo__Directory", "/nowhere", "expected the demo's databases in /nowhere")]
    [InlineData("Scheduler__Demo__WorkMs", "long", "Scheduler:Demo:WorkMs")]
    [InlineData("Scheduler__Demo__HoldAt", "half", "Scheduler:Demo:HoldAt")]
    [InlineData("Scheduler__Storage__Path", "/proc/nowhere/x.db", "/proc/nowhere")]
    public async Task A_setting_that_cannot_be_is_told_in_one_line(string name, string value, string expected)
    {
        await using var server = ServerProcess.Serve(temporary.In("scheduler.db"), (name, value));
        Assert.Equal(1, await server.ExitCodeAsync());
        Assert.Contains(expected, server.Output);
        Assert.DoesNotContain("\n", server.Output.Trim());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_ends_the_server_cleanly_and_the_next_one_has_the_file(bool terminate)
    {
        for (var start = 1; start <= 2; start++)
        {
            await using var server = Serve();
            (await server.ListensAsync()).Dispose();
            if (terminate) server.Terminate();
            else server.Interrupt();
            Assert.Equal(0, await server.ExitCodeAsync());
        }
    }

    [Fact]
    public async Task What_a_newcomer_tries_first_runs_without_code()
    {
        await using var server = ServerProcess.Serve(temporary.In("scheduler.db"));
        using var http = await server.ListensAsync();
        foreach (var (name, parameters) in new[] { ("log", """{"hello":"world"}"""), ("sleep", """{"duration":"00:00:00.010"}"""), ("sleep", """{"duration":"soon"}""") })
        {
            var task = $"try-{name}-{parameters.Length}";
            using var body = new StringContent($$$"""{"name":"{{{task}}}","handler":{"code":{"handler":"{{{name}}}"}},"parameters":{{{parameters}}}}""", null, "application/json");
            (await http.PostAsync("tasks", body)).EnsureSuccessStatusCode();
            (await http.PostAsync($"tasks/{task}/trigger", null)).EnsureSuccessStatusCode();
        }
        var ended = await Eventually.GetAsync("three executions that have ended", async () =>
            await ExecutionsAsync(http, "") is { Count: 3 } all && all.All(each => each.EndedAt is not null) ? all : null, () => server.Output);

        Assert.Equal("""{"hello":"world"}""", ended.Single(each => each.Task.StartsWith("try-log")).Result?.GetRawText());
        Assert.Contains("""{"hello":"world"}""", server.Output);
        Assert.Single(ended, each => each.Task.StartsWith("try-sleep") && each.Status == ExecutionStatus.Succeeded);
        var wrong = Assert.Single(ended, each => each.Status == ExecutionStatus.Failed);
        Assert.Contains("expected a time span such as \"00:00:05\", got \"soon\"", wrong.Error);
        Assert.Equal(1, wrong.Attempt); // no retry can mend it
    }

    ServerProcess Serve(int workMs = Quick, params (string Name, string Value)[] settings) =>
        ServerProcess.Serve(temporary.In("scheduler.db"), [("Scheduler__Demo__Directory", temporary.In("demo")), ("Scheduler__Demo__WorkMs", $"{workMs}"), .. settings]);

    static async Task<IReadOnlyList<ExecutionView>> ExecutionsAsync(HttpClient http, string query = "?task=rows") =>
        (await http.GetFromJsonAsync<Page<ExecutionView>>($"executions{query}", SchedulerJson.Lenient))!.Items;
}
