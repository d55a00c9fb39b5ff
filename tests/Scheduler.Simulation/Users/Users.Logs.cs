namespace Scheduler.Simulation;

/// <summary>People who read what user code has logged: page by page, or as it comes.</summary>
sealed partial class Users
{
    const int MostPages = 30;

    async Task ListLinesAsync(Process process)
    {
        if (await SomeExecutionAsync(process) is not { } execution) return;
        var (epoch, limit) = (simulation.Epoch, random.From(1, 20));
        var before = simulation.Store.LinesOf(execution).Select(line => line.Position.ToString()).ToArray();
        List<LogLine> read = [];
        string? after = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await process.Client.ListLogsAsync(execution, new() { Limit = limit, Cursor = after });
            read.AddRange(page.Items);
            after = page.Next;
            if (after is null) break;
        }
        if (epoch == simulation.Epoch) simulation.Promises.Listed(execution, read, isWhole: after is null, before);
    }

    async Task FollowLinesAsync(Process process)
    {
        if (await SomeExecutionAsync(process) is not { } execution) return;
        var (epoch, enough) = (simulation.Epoch, random.From(1, 30));
        HashSet<string> known = [];
        await foreach (var line in process.Client.WatchLogsAsync(execution))
        {
            if (epoch != simulation.Epoch) return;
            simulation.Promises.Read(execution, line);
            if (!known.Add(line.Id)) simulation.Break("LinesAreRead", execution, $"line \"{line.Message}\" was told twice to who follows them");
            if (known.Count >= enough) return;
        }
    }

    async Task<string?> SomeExecutionAsync(Process process)
    {
        var page = await process.Client.ListExecutionsAsync(new() { Limit = 10 });
        return page.Items.Count == 0 ? null : random.Pick(page.Items.ToArray()).Id;
    }
}
