using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Scheduler.Handlers;
using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Outbound;
using Scheduler.Handlers.Polling;
using Scheduler.Handlers.Signing;
using Scheduler.Handlers.Sql;
using Scheduler.Running;

namespace Scheduler;

/// <summary>Adds what needs no user code.</summary>
public static class HandlersServiceCollectionExtensions
{
    static readonly TimeSpan checkPatience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Lets tasks be of kind <c>sqlPolling</c>. Settings: <c>Connections</c>, <c>Outbound</c>, <c>Signing:Keys</c>, <c>Secrets</c>, and
    /// <c>SqlPolling:CheckTimeout</c>, how long sources may take to answer when a task is defined (thirty seconds).
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="scheduler">The section <c>Scheduler</c> of the configuration.</param>
    /// <param name="mySql">The provider of connections of dialect <c>mysql</c>, such as <c>MySqlConnectorFactory.Instance</c>; null: there is none.</param>
    /// <exception cref="InvalidOperationException">A setting is not what is expected.</exception>
    public static IServiceCollection AddSqlPolling(this IServiceCollection services, IConfigurationSection scheduler, DbProviderFactory? mySql = null)
    {
        var keys = scheduler.GetSection("Signing:Keys");
        var connections = new SourceConnections(scheduler.GetSection("Connections"), [new SqliteSource(), new PostgreSqlSource(), new MySqlSource(mySql)]);
        var signer = new Signer(Text(keys["Current"]), Text(keys["Next"]));
        var secrets = new Secrets(name => Text(scheduler.GetSection("Secrets")[name]));
        var settings = Outbound(scheduler.GetSection("Outbound"));
        var patience = scheduler.GetSection("SqlPolling").Duration("CheckTimeout", checkPatience);
        services.TryAddSingleton(_ => new OutboundPolicy(settings)); // made, and so disposed, by the container
        return services.AddSingleton<IDefinedPolling>(provider =>
            new SqlPolling(connections, provider.GetRequiredService<OutboundPolicy>(), signer, secrets, patience, provider.GetService<TimeProvider>() ?? TimeProvider.System));
    }

    static OutboundSettings Outbound(IConfigurationSection section)
    {
        var defaults = new OutboundSettings();
        return new()
        {
            AllowLoopback = section.Flag("AllowLoopback"),
            AllowPrivate = section.Flag("AllowPrivate"),
            ConnectTimeout = section.Duration("ConnectTimeout", defaults.ConnectTimeout),
            Timeout = section.Duration("Timeout", defaults.Timeout),
            RetryAfterAtMost = section.Duration("RetryAfterAtMost", defaults.RetryAfterAtMost),
            MaxResponseBytes = section.Number("MaxResponseBytes", defaults.MaxResponseBytes),
        };
    }

    static string? Text(string? setting) => string.IsNullOrEmpty(setting) ? null : setting;
}
