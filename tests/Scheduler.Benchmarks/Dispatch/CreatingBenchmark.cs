using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;
using Scheduler.Client;
using Scheduler.Web;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>How fast tasks are made, by callers side by side: in C#, over HTTP, and triggers through Quartz's interface.</summary>
static class CreatingBenchmark
{
    const int Callers = 32;

    static readonly DateTimeOffset later = DateTimeOffset.UtcNow.AddYears(1);

    public static async Task RunAsync(BenchmarkServer server, bool quick)
    {
        var (tasks, triggers) = quick ? (4_000, 800) : (20_000, 4_000);
        var empty = new EmptyTask(0);
        var schema = await server.SchemaAsync();
        await using var app = await WebAsync(empty, schema);
        var direct = app.Services.GetRequiredService<ISchedulerClient>();
        using var http = new HttpClient { BaseAddress = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/") };
        var remote = new HttpSchedulerClient(http);
        await MeasureAsync("", tasks / 4, i => direct.CreateTaskAsync(EmptyTask.Define($"warm-direct-{i}", later)));
        await MeasureAsync("", tasks / 4, i => remote.CreateTaskAsync(EmptyTask.Define($"warm-http-{i}", later)));
        var inProcess = await MeasureAsync("created in C#", tasks, i => direct.CreateTaskAsync(EmptyTask.Define($"direct-{i}", later)));
        var overHttp = await MeasureAsync("created over HTTP", tasks, i => remote.CreateTaskAsync(EmptyTask.Define($"http-{i}", later)));
        await app.StopAsync();

        var scheduler = await new QuartzPeer(await server.SchemaAsync()).OpenAsync();
        var peer = await MeasureAsync("Quartz's triggers", triggers, i => scheduler.ScheduleJob(QuartzPeer.Trigger($"t{i}", later)).AsTask());
        await scheduler.Shutdown(true);
        NpgsqlConnection.ClearAllPools();

        Report.Ratio("creating_in_process_vs_quartz", inProcess / peer, 1);
        Report.Ratio("creating_over_http_vs_quartz", overHttp / peer, 1);
    }

    /// <summary>The interface as the server has it, on a free port of loopback.</summary>
    static async Task<WebApplication> WebAsync(EmptyTask empty, string schema)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.AddScheduler(options => options.UsePostgreSql(schema)).AddSchedulerWeb();
        empty.Register(builder.Services);
        var app = builder.Build();
        app.MapScheduler();
        await app.StartAsync();
        return app;
    }

    static async Task<double> MeasureAsync(string what, int count, Func<int, Task> create)
    {
        var clock = Stopwatch.StartNew();
        await Concurrent.ForAsync(count, Callers, create);
        var rate = count / clock.Elapsed.TotalSeconds;
        if (what.Length > 0) Report.Note($"  {what,-18} {rate,10:N0}/s by {Callers} callers");
        return rate;
    }
}
