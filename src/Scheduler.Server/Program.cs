using System.CommandLine;
using Scheduler;
using Scheduler.Server;
using Scheduler.Server.Demo;
using Scheduler.Handlers;
using Scheduler.Server.Handlers;
using Scheduler.Storage.Migrations;
using Scheduler.Web;

var root = new RootCommand("""
    The standalone scheduler: one process, one file. Without a command it serves HTTP on http://127.0.0.1:5080.
    Settings come from appsettings.json, the environment (Scheduler__Storage__Path) and the command line (--Scheduler:Storage:Path, --urls).
    """)
{
    DemoCommand.Create(),
};
root.TreatUnmatchedTokensAsErrors = false; // --urls and --Scheduler:… are the configuration's
root.SetAction((_, _) => ServeAsync());

var parsed = root.Parse(args);
var errors = parsed.Errors.Select(error => error.Message).ToList();
if (parsed.CommandResult.Command != root) errors.AddRange(parsed.UnmatchedTokens.Select(token => $"expected an option that --help names, got \"{token}\""));
else if (args is [var first, ..] && first is not ['-' or '/', ..]) errors.Add($"expected the command demo or an option, got \"{first}\"");
if (errors.Count > 0)
{
    foreach (var error in errors) Console.Error.WriteLine(error);
    return ExitCode.Usage;
}
try
{
    // Signals are seen to by the host, or by the demo itself.
    return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException or MigrationException) // another process has the file or the address; no way to it or the database; a setting is missing or is none
{
    Console.Error.WriteLine(failure.Message);
    return ExitCode.Failed;
}

async Task<int> ServeAsync()
{
    // Settings stand beside the program, whatever directory it is started in; paths in them are relative to that directory.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var settings = ServerSettings.Of(builder.Configuration);
    if (!settings.NamesAddress) builder.WebHost.UseUrls("http://127.0.0.1:5080");
    builder.Logging.ClearProviders().AddLines();

    builder.Services.AddScheduler(settings.Use);
    builder.Services.AddBuiltInHandlers().AddSqlPolling(builder.Configuration.GetSection("Scheduler")).AddSchedulerWeb();
    if (settings.DemoDirectory is { } demo) builder.Services.AddDemoRows(demo, settings.DemoWork.Takes, settings.DemoWork.HoldAt);

    await using var app = builder.Build();
    app.MapScheduler();
    app.MapGet("/", () => "This is a scheduler. Its interface is below /api/v1, and /openapi/v1.json describes it.\n").ExcludeFromDescription();
    app.TellAddress();
    await app.RunAsync();
    return ExitCode.Ok;
}
