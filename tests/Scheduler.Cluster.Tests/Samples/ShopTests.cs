using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.Samples;

/// <summary>The sample applications do what they say: two workers that are silos, and a front that is their client, on a MariaDB.</summary>
[Collection(OneAtATime.Name), NeedsMariaDb]
public sealed partial class ShopTests(MariaDbServer server) : IClassFixture<MariaDbServer>
{
    [StoreFact]
    public async Task Two_workers_index_all_orders_and_the_front_asks_for_it_and_watches()
    {
        using var directory = new TemporaryDirectory();
        var database = await server.DatabaseAsync();
        await using var one = Worker();
        await using var other = Worker();
        await using var front = ServerProcess.Of(Assembly.Load("ShopClient"), ["--urls", "http://127.0.0.1:0"], ("Shop__Database", database));
        string Output() => $"front:\n{front.Output}\none:\n{one.Output}\nother:\n{other.Output}";
        using var http = await front.ListensAsync();
        await Eventually.GetAsync("two workers that live", async () => (await JsonAsync("/workers")).EnumerateArray().Count(worker => worker.GetProperty("status").GetString() == "live") == 2 ? http : null, Output);

        var run = await Eventually.GetAsync("a task to trigger", async () =>
        {
            using var answer = await http.PostAsync("/index/2026-03-01", null);
            return answer.StatusCode == HttpStatusCode.Accepted ? answer.Headers.Location!.ToString() : null; // the front makes the task as soon as a worker can run it
        }, Output);
        var ended = await Eventually.GetAsync("a run that has ended", async () => await JsonAsync(run) is var view && view.GetProperty("endedAt").ValueKind != JsonValueKind.Null ? new { View = view } : null, Output);
        Assert.Equal("succeeded", ended.View.GetProperty("status").GetString());
        Assert.Equal(4000, ended.View.GetProperty("rows").GetInt64());

        using (var twice = await http.PostAsync("/index/2026-03-01", null)) Assert.Equal(run, twice.Headers.Location!.ToString());
        using (var unknown = await http.GetAsync("/runs/0190000000000123456789abcdef0123")) Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await Eventually.TrueAsync("the front to tell what happened", () => front.Output.Contains("ExecutionEnded index-orders", StringComparison.Ordinal), Output);

        foreach (var process in new[] { front, one, other })
        {
            process.Terminate();
            Assert.True(await process.ExitCodeAsync() == 0, Output());
        }
        var indexed = new[] { one, other }.Select(worker => int.Parse(Indexed().Match(worker.Output).Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        // A worker that stood still for longer than its lease has lost its tables to the other, which began with what was not written down yet.
        Assert.True(indexed.Sum() >= 4000, Output());
        Assert.All(indexed, rows => Assert.True(rows > 0, Output()));

        async Task<JsonElement> JsonAsync(string path)
        {
            using var answer = await http.GetAsync(path);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {text}\n{Output()}");
            return JsonDocument.Parse(text).RootElement;
        }

        static string Port() => Ports.Free().ToString(CultureInfo.InvariantCulture);

        ServerProcess Worker() => ServerProcess.Of(Assembly.Load("ShopSilo"), [], ("Shop__Database", database), ("Shop__Data", directory.Path), ("Shop__SiloPort", Port()), ("Shop__GatewayPort", Port()));
    }

    [GeneratedRegex(@"This worker indexed (\d+) orders\.")]
    private static partial Regex Indexed();
}
