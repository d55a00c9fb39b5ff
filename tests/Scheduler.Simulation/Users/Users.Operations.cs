namespace Scheduler.Simulation;

/// <summary>What operators do: they keep shards and databases from running, let them go on, have rounds begin elsewhere, and failed ones again.</summary>
sealed partial class Users
{
    async Task PauseShardsAsync(Process process, string name) => await process.Client.PauseShardsAsync(name, Selection(await PollingAsync(process, name)));

    async Task ResumeShardsAsync(Process process, string name) => await process.Client.ResumeShardsAsync(name, Selection(await PollingAsync(process, name)));

    async Task RewindAsync(Process process, string name)
    {
        var polling = await PollingAsync(process, name);
        var (selection, to) = (Selection(polling), RewindTarget.ToBeginning);
        if (polling.Mode != PollingMode.Full && random.Chance(0.5)) to = RewindTarget.ToTime(simulation.World.Now - random.Seconds(0, 30));
        else if (polling.Mode == PollingMode.Full && random.Chance(0.5) && selection is { Database: { } database, Table: { } table } && simulation.Sources[SourceTables.NameOf(database, table)].Values is { Count: > 0 } rows)
            to = RewindTarget.ToKey(rows.ElementAt(random.Below(rows.Count)).Key);
        await process.Client.RewindShardsAsync(name, new() { To = to, Database = selection?.Database, Table = selection?.Table });
    }

    async Task RetryAsync(Process process)
    {
        var page = await process.Client.ListExecutionsAsync(new() { Limit = 50 });
        var ended = page.Items.Where(each => each.Status is ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled).ToArray();
        if (ended.Length == 0) return;
        var epoch = simulation.Epoch;
        var retry = await process.Client.RetryExecutionAsync(random.Pick(ended).Id, "somebody");
        if (epoch == simulation.Epoch) simulation.Promises.Acknowledged(new Acknowledgement.OfTrigger(retry.ExecutionId));
    }

    async Task QuarantineAsync(Process process, string name) => await ToldAsync(process.Client.QuarantineDatabaseAsync(name, Database(await PollingAsync(process, name))));

    async Task ReleaseAsync(Process process, string name)
    {
        var view = await process.Client.GetTaskAsync(name);
        if (view.QuarantinedDatabases is { Count: > 0 } databases) await ToldAsync(process.Client.ReleaseDatabaseAsync(name, random.Pick(databases.ToArray())));
        else await ToldAsync(process.Client.ReleaseDatabaseAsync(name, Database(await PollingAsync(process, name)))); // nothing to be done
    }

    static async Task LetAllRunAsync(Process process, TaskView task)
    {
        await process.Client.ResumeShardsAsync(task.Name);
        foreach (var database in task.QuarantinedDatabases ?? []) await process.Client.ReleaseDatabaseAsync(task.Name, database);
    }

    /// <summary>The task as it polls now; one that does not refuses every operation anyway.</summary>
    static async Task<PollingDefinition> PollingAsync(Process process, string name) =>
        (await process.Client.GetTaskAsync(name)).Definition.Handler.Polling ?? throw new SchedulerException(SchedulerErrorKind.Conflict, $"task {name} does not poll");

    ShardSelection? Selection(PollingDefinition polling)
    {
        var shard = Shard(polling);
        return random.Below(3) switch { 0 => null, 1 => new() { Database = shard.Database }, _ => new() { Database = shard.Database, Table = shard.Table } };
    }

    string Database(PollingDefinition polling) => Shard(polling).Database;

    ShardName Shard(PollingDefinition polling)
    {
        if (polling.Shards.Discover is not null) return new(SimHandlers.Database, $"t{random.Below(4)}");
        var shards = Scheduler.Definitions.ShardPatterns.Expand(polling.Shards, simulation.Limits.ShardsPerTask);
        return shards[random.Below(shards.Count)];
    }

    /// <summary>Whether the present flow of work is somebody's replay, which is no part of a run.</summary>
    public static bool Replays => replays.Value;

    static readonly AsyncLocal<bool> replays = new();

    async Task ReplayAsync(Process process, string name)
    {
        var letters = await process.Client.ListDeadLettersAsync(name, new() { Limit = 5 });
        if (letters.Items.Count == 0) return;
        replays.Value = true;
        await process.Client.ReplayDeadLettersAsync(name, random.Chance(0.5) ? null : new() { Ids = [random.Pick(letters.Items.ToArray()).Id] });
    }

    async Task DiscardAsync(Process process, string name)
    {
        var letters = await process.Client.ListDeadLettersAsync(name, new() { Limit = 5 });
        if (letters.Items.Count == 0) return;
        simulation.Promises.Discarding(name);
        await process.Client.DiscardDeadLettersAsync(name, new() { Ids = [random.Pick(letters.Items.ToArray()).Id] });
    }
}
