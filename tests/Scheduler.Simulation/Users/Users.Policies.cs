using Scheduler.Client;

namespace Scheduler.Simulation;

/// <summary>What operators do to tenants and nodes.</summary>
sealed partial class Users
{
    async Task PauseAsync(Process process)
    {
        if (random.Chance(0.5)) await process.Client.PauseEverythingAsync();
        else await process.Client.PauseTenantAsync(DirectClient.DefaultTenant);
    }

    static async Task ResumeAsync(Process process)
    {
        await process.Client.ResumeEverythingAsync();
        await process.Client.ResumeTenantAsync(DirectClient.DefaultTenant);
    }

    Task LimitAsync(Process process) => process.Client.ChangeTenantAsync(DirectClient.DefaultTenant, new() { Limit = random.Chance(0.3) ? null : random.From(1, 3) });

    async Task DrainAsync(Process process)
    {
        if (!simulation.Network.Members.IsEmpty) await process.Client.DrainNodeAsync(random.Pick(simulation.Network.Members).Id);
    }

    async Task UndrainAsync(Process process)
    {
        foreach (var node in (await process.Client.ListNodesAsync()).Items.Where(node => node.Status is NodeStatus.Draining or NodeStatus.Drained)) await process.Client.UndrainNodeAsync(node.Id);
    }

    /// <summary>Nobody promises the begin of what people hold.</summary>
    async Task LetAllBeginAsync(Process process)
    {
        await ResumeAsync(process);
        foreach (var node in simulation.Network.Members) await process.Client.UndrainNodeAsync(node.Id);
        await Task.Delay(TimeSpan.FromSeconds(2), process.Time); // until every node has heard of it
    }

    /// <summary>While everything is paused nothing begins, once every node has heard of it.</summary>
    async Task PausedAsync(Process process)
    {
        await process.Client.PauseEverythingAsync();
        await Task.Delay(TimeSpan.FromSeconds(2), process.Time);
        var before = simulation.Store.Tasks.ToDictionary(each => each.Key, each => each.Value.State.Sequence);
        await Task.Delay(TimeSpan.FromSeconds(8), process.Time);
        foreach (var (id, task) in simulation.Store.Tasks)
            if (task.State.Sequence != before.GetValueOrDefault(id)) simulation.Break("PausedBeginsNothing", task.State.Definition.Name, $"everything is paused, and it went from execution {before.GetValueOrDefault(id)} to {task.State.Sequence}");
        await process.Client.ResumeEverythingAsync();
        await Task.Delay(TimeSpan.FromSeconds(2), process.Time);
    }
}
