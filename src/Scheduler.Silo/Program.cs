using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
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
    settings.Http.ExpectKeyIfExposed(builder.Configuration);
    if (!settings.Http.AreSet) builder.WebHost.UseUrls(HttpAddresses.Default);
    // What keeps the silo from starting is thrown as well, and told once, without its stack.
    var started = false;
    foreach (var teller in new[] { "Microsoft.Extensions.Hosting.Internal.Host", "Orleans.Runtime.Silo", "Orleans.Runtime.SiloLifecycleSubject" })
        builder.Logging.AddFilter(teller, level => Volatile.Read(ref started) && level >= LogLevel.Warning);
    // Whatever a silo waits for when it stops has an end of its own, and all of them together are longer than the host's default. systemd's unit leaves it ten seconds more.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(50));

    await settings.Members.CreateAsync();
    builder.UseOrleans(silo =>
    {
        settings.Use(silo);
        if (settings.Dashboard) silo.AddDashboard();
    });
    builder.Services.AddBuiltInHandlers().AddSqlPolling(builder.Configuration.GetSection("Scheduler"), MySqlConnector.MySqlConnectorFactory.Instance).AddSchedulerWeb();

    await using var app = builder.Build();
    app.Lifetime.ApplicationStarted.Register(() => Volatile.Write(ref started, true));
    app.MapScheduler();
    if (settings.Dashboard) app.MapSiloDashboard();
    await app.RunAsync();
    return 0;
}
catch (Exception refused) when (refused is AddressInUseException or SocketException)
{
    Console.Error.WriteLine($"Scheduler:Cluster: expected a SiloPort and a GatewayPort that nobody listens on, and an AdvertisedAddress of this machine, the system says: {refused.Message}");
    return 1;
}
catch (Exception failure) when (failure is IOException or InvalidOperationException or MigrationException or System.Data.Common.DbException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
