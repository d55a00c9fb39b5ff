using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Cluster.Tests;

/// <summary>Code tasks: each attempt runs in a silo that has the handler.</summary>
public sealed class CodeTests
{
    static readonly TaskDefinition where = new() { Name = "where", Handler = new() { Code = new() { Handler = "where" } } };

    static void AddWhere(int silo, IServiceCollection services) => services.AddTaskHandler("where", (_, _) => Task.FromResult<object?>(silo));

    [Fact]
    public async Task An_execution_runs_where_the_handler_is()
    {
        await using var silos = await Silos.StartAsync(3, (silo, services) =>
        {
            if (silo == 2) AddWhere(silo, services);
        });
        await silos.Client.CreateTaskAsync(where);
        for (var run = 0; run < 10; run++) Assert.Equal("2", await RunAsync(silos));
    }

    [Fact]
    public async Task Where_no_silo_has_the_handler_it_waits_and_goes_on_in_one_that_joins()
    {
        await using var silos = await Silos.StartAsync(2, (silo, services) =>
        {
            if (silo > 0) AddWhere(silo, services);
        });
        await silos.Client.CreateTaskAsync(where);
        await silos.Cluster.StopSiloAsync(silos.Cluster.Silos[1]);
        var id = (await silos.Client.TriggerTaskAsync("where")).ExecutionId;
        await Silos.UntilAsync(async () => (await silos.Client.WhyExecutionAsync(id)).Reasons.Any(reason => reason.Code == WhyCode.HandlerNotRegistered), () => "it to say what it waits for");
        await silos.Cluster.StartAdditionalSiloAsync();
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).EndedAt is not null, () => "it to go on", TimeSpan.FromSeconds(45));
        Assert.Equal(ExecutionStatus.Succeeded, (await silos.Client.GetExecutionAsync(id)).Status);
    }

    [Fact]
    public async Task An_execution_that_was_placed_by_a_definition_of_a_moment_ago_goes_where_its_handler_is()
    {
        await using var silos = await Silos.StartAsync(2, (silo, services) => services.AddTaskHandler($"at-{silo}", (_, _) => Task.FromResult<object?>(silo)));
        TaskDefinition Of(int silo) => where with { Handler = new() { Code = new() { Handler = $"at-{silo}" } } };
        await silos.Client.CreateTaskAsync(Of(0));
        for (var turn = 1; turn <= 12; turn++)
        {
            await silos.Client.UpdateTaskAsync(where.Name, Of(turn % 2));
            var id = (await silos.Client.TriggerTaskAsync(where.Name)).ExecutionId;
            // Well before anybody who looks after it would say it again.
            await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).Status == ExecutionStatus.Succeeded, () => $"execution {turn} to go where its handler is", TimeSpan.FromSeconds(25));
        }
    }

    [Fact]
    public async Task What_is_due_runs_though_the_silo_that_looked_after_it_is_lost()
    {
        await using var silos = await Silos.StartAsync(3, AddWhere, loses: true);
        await silos.Client.CreateTaskAsync(where with { Schedule = new() { Every = TimeSpan.FromSeconds(1) } });
        await Silos.UntilAsync(async () => (await EndedAsync(silos)).Count >= 2, () => "it to run");
        for (var kills = 0; kills < 2; kills++)
        {
            await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[^1]);
            var before = (await EndedAsync(silos)).Count;
            await Silos.UntilAsync(async () => (await EndedAsync(silos)).Count >= before + 3, () => "it to go on before a reminder comes", TimeSpan.FromSeconds(45));
        }
        var instants = (await silos.Client.ListExecutionsAsync(new() { Limit = 1000 })).Items.Select(each => each.ScheduledAt).ToArray();
        Assert.Equal(instants.Length, instants.Distinct().Count());
    }

    [Fact]
    public async Task A_silo_that_is_drained_begins_nothing_and_what_waits_in_it_begins_elsewhere()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var silos = await Silos.StartAsync(2, (silo, services) => services.AddTaskHandler("where", async (_, stop) =>
        {
            await release.Task.WaitAsync(stop);
            return silo;
        }), options => options.Limits(limits => limits with { Slots = 1 }));
        await silos.Client.CreateTaskAsync(where with { Overlap = OverlapPolicy.Allow });
        var drained = silos.Nodes[0].Node.Id;
        List<string> ids = [];
        for (var run = 0; run < 12; run++) ids.Add((await silos.Client.TriggerTaskAsync("where")).ExecutionId);
        await Silos.UntilAsync(() => Task.FromResult(silos.Nodes.All(node => node.Node.Slots is { Used: 1, Waiting: > 0 })), () => "executions that wait in both silos");
        await silos.Client.DrainNodeAsync(drained);
        await Silos.UntilAsync(() => Task.FromResult(silos.Nodes[0].Node.Slots.Waiting == 0), () => "what waits to leave the silo that is drained");
        release.SetResult();
        await Silos.UntilAsync(async () => (await EndedAsync(silos)).Count == ids.Count, () => "all of them to end");
        Assert.Single(await EndedAsync(silos), execution => execution.Result?.GetRawText() == "0"); // the one that ran there when it was drained
        for (var run = 0; run < 5; run++) Assert.Equal("1", await RunAsync(silos));
    }

    static async Task<IReadOnlyList<ExecutionView>> EndedAsync(Silos silos) => [.. (await silos.Client.ListExecutionsAsync(new() { Limit = 1000 })).Items.Where(each => each.Status == ExecutionStatus.Succeeded)];

    static async Task<string?> RunAsync(Silos silos)
    {
        var id = (await silos.Client.TriggerTaskAsync("where")).ExecutionId;
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).EndedAt is not null, () => "it to end");
        return (await silos.Client.GetExecutionAsync(id)).Result?.GetRawText();
    }
}
