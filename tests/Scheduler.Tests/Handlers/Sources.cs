using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Embedded;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Handlers;

/// <summary>Files of SQLite to be polled, and a scheduler that may.</summary>
sealed class Sources : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public string ConnectionString => $"Data Source={Path.Combine(directory.Path, "{database}.db")}";

    public string In(string name) => directory.In(name);

    public Sources Run(string database, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = directory.In($"{database}.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
        return this;
    }

    /// <summary>A scheduler with a connection <c>shop</c> to the files, which may call this machine.</summary>
    public Task<Host> HostAsync(params (string Name, string Value)[] settings) =>
        StartAsync([("Connections:shop:Dialect", "sqlite"), ("Connections:shop:ConnectionString", ConnectionString), ("Outbound:AllowLoopback", "true"), .. settings]);

    /// <inheritdoc cref="HostAsync(ValueTuple{string, string}[])"/>
    public Task<Host> HostAsync(TimeProvider time, params (string Name, string Value)[] settings) =>
        StartAsync(services => services.AddSingleton(time), options => options.Time = time, null, [("Connections:shop:Dialect", "sqlite"), ("Connections:shop:ConnectionString", ConnectionString), ("Outbound:AllowLoopback", "true"), .. settings]);

    /// <inheritdoc cref="HostAsync(ValueTuple{string, string}[])"/>
    public Task<Host> HostAsync(Action<IServiceCollection> add) =>
        StartAsync(add, ("Connections:shop:Dialect", "sqlite"), ("Connections:shop:ConnectionString", ConnectionString), ("Outbound:AllowLoopback", "true"));

    /// <summary>A scheduler with just these settings.</summary>
    public static Task<Host> StartAsync(params (string Name, string Value)[] settings) => StartAsync(_ => { }, settings);

    /// <summary>A scheduler with services that a test brings.</summary>
    public static Task<Host> StartAsync(Action<IServiceCollection> add, params (string Name, string Value)[] settings) => StartAsync(add, null, null, settings);

    /// <summary>A scheduler with a driver for MySQL.</summary>
    public static Task<Host> StartAsync(DbProviderFactory mySql, params (string Name, string Value)[] settings) => StartAsync(_ => { }, null, mySql, settings);

    static Task<Host> StartAsync(Action<IServiceCollection> add, Action<SchedulerOptions>? configure, DbProviderFactory? mySql, (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.GroupBy(each => each.Name).Select(each => KeyValuePair.Create($"Scheduler:{each.Key}", (string?)each.Last().Value))).Build();
        return Host.StartAsync(services =>
        {
            add(services);
            services.AddSqlPolling(configuration.GetSection("Scheduler"), mySql);
        }, configure);
    }

    /// <summary>A definition with members of <c>handler.sqlPolling</c> put in or taken away, as JSON.</summary>
    public static TaskDefinition Define(string url, string changes = "{}", string retry = """{"maxAttempts":3,"backoff":"00:00:00.005"}""")
    {
        var polling = new Dictionary<string, JsonElement>
        {
            ["connection"] = Json("\"shop\""),
            ["shards"] = Json("""{"databases":"main","tables":"rental"}"""),
            ["keyColumn"] = Json("\"rental_id\""),
            ["post"] = Json(JsonSerializer.Serialize(new { url })),
        };
        foreach (var change in Json(changes).EnumerateObject())
            if (change.Value.ValueKind == JsonValueKind.Null) polling.Remove(change.Name);
            else polling[change.Name] = change.Value;
        return StrictJson.Parse<TaskDefinition>($$"""{"name":"rentals","handler":{"sqlPolling":{{JsonSerializer.Serialize(polling)}}},"retry":{{retry}}}""");
    }

    public void Dispose() => directory.Dispose();

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}

static class SqlPollingRuns
{
    public static async Task<ExecutionView> RunAsync(this Host host, TaskDefinition definition)
    {
        await host.Client.CreateTaskAsync(definition);
        var started = await host.Client.TriggerTaskAsync(definition.Name);
        return await host.Client.WaitForExecutionAsync(started.ExecutionId);
    }

    public static async Task<SchedulerException> RefusedAsync(this Host host, TaskDefinition definition)
    {
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.CreateTaskAsync(definition));
        Assert.Equal(SchedulerErrorKind.Invalid, refused.Kind);
        Assert.Empty((await host.Client.ListTasksAsync(new())).Items);
        return refused;
    }
}
