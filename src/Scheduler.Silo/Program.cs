using Orleans.Dashboard;
using Scheduler;
using Scheduler.Handlers;
using Scheduler.Silo;
using Scheduler.Storage.Migrations;
using Scheduler.Web;

try
{
    // Settings stand beside the program, whatever directory it is started in; paths in them are relative to that directory.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var settings = ClusterSettings.Of(builder.Configuration);
    if (!new[] { "urls", "http_ports", "https_ports" }.Any(key => builder.Configuration[key] is { Length: > 0 }) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        builder.WebHost.UseUrls("http://127.0.0.1:5080");
    builder.Logging.AddFilter("Orleans", LogLevel.Warning);

    await settings.Members.CreateAsync();
    builder.UseOrleans(silo =>
    {
        settings.Use(silo);
        if (settings.Dashboard) silo.AddDashboard();
    });
    builder.Services.AddBuiltInHandlers().AddSqlPolling(builder.Configuration.GetSection("Scheduler"), MySqlConnector.MySqlConnectorFactory.Instance).AddSchedulerWeb();

    await using var app = builder.Build();
    app.MapScheduler();
    if (settings.Dashboard) app.MapSiloDashboard();
    await app.RunAsync();
    return 0;
}
catch (Exception failure) when (failure is IOException or InvalidOperationException or MigrationException or System.Data.Common.DbException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
