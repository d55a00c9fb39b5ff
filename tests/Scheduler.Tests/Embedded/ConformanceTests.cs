using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Client;
using Scheduler.Conformance.Clients;
using Scheduler.Tests.Server;
using Scheduler.Web;

namespace Scheduler.Tests.Embedded;

/// <summary>The scheduler itself on a file of its own, with the suite's handlers and the HTTP interface.</summary>
public class SchedulerHost : IAsyncLifetime
{
    readonly TemporaryDirectory temporary = new();
    WebApplication app = null!;
    HttpClient http = null!;

    public ISchedulerClient Direct => app.Services.GetRequiredService<ISchedulerClient>();

    public ISchedulerClient OverHttp { get; private set; } = null!;

    /// <summary>Where it remembers everything.</summary>
    protected virtual Task<Action<SchedulerOptions>> StoreAsync() => Task.FromResult<Action<SchedulerOptions>>(options => options.UseSqlite(temporary.In("scheduler.db")));

    public virtual async Task InitializeAsync()
    {
        var store = await StoreAsync();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddScheduler(store).AddSchedulerWeb();
        builder.Services
            .AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters))
            .AddTaskHandler("fail", Task<object?> (_, _) => throw new InvalidOperationException("it was to fail"))
            .AddTaskHandler("hang", (_, stop) => Task.Delay(Timeout.Infinite, stop))
            .AddTaskHandler("tell", (context, _) =>
            {
                for (var line = 1; line <= 5; line++) context.Logger.Log(line == 4 ? LogLevel.Warning : LogLevel.Information, "line {Line}", line);
                return Task.CompletedTask;
            })
            .AddPolling("numbers", new Numbers());
        app = builder.Build();
        app.MapScheduler();
        await app.StartAsync();
        http = new() { BaseAddress = new(app.Urls.First()) };
        OverHttp = new HttpSchedulerClient(http);
    }

    public virtual async Task DisposeAsync()
    {
        http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        temporary.Dispose();
    }

    /// <summary>The keys 1 to 25 in every shard.</summary>
    sealed class Numbers : IPollingHandler<long>
    {
        const long Rows = 25;

        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds(Cursor.At(Rows).Key));

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
        {
            var first = after.KeyAsInt64(0) + 1;
            return new([.. Enumerable.Range(0, limit).Select(index => first + index).TakeWhile(key => key <= Rows)]);
        }

        public Cursor CursorOf(long row) => Cursor.At(row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }
}

/// <summary>The client in the scheduler's own process.</summary>
public sealed class DirectClientConformance(SchedulerHost host) : ClientConformance, IClassFixture<SchedulerHost>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(host.Direct);
}

/// <summary>The client over HTTP, to the scheduler itself.</summary>
public sealed class HttpToSchedulerConformance(SchedulerHost host) : ClientConformance, IClassFixture<SchedulerHost>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(host.OverHttp);
}
