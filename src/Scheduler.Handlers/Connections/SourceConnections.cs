using Microsoft.Extensions.Configuration;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Connections;

/// <summary>The connections of the settings, by name.</summary>
sealed class SourceConnections
{
    readonly Dictionary<string, SourceConnection> connections;

    /// <exception cref="InvalidOperationException">A setting is not what is expected.</exception>
    public SourceConnections(IConfiguration section, IReadOnlyList<SourceDialect> dialects) =>
        connections = section.GetChildren().Select(each => Read(each, dialects)).ToDictionary(each => each.Name, StringComparer.OrdinalIgnoreCase); // as configuration keys are

    public IEnumerable<string> Names => connections.Keys.Order(StringComparer.Ordinal);

    public SourceConnection? Find(string name) => connections.GetValueOrDefault(name);

    static SourceConnection Read(IConfigurationSection section, IReadOnlyList<SourceDialect> dialects)
    {
        var path = $"Scheduler:Connections:{section.Key}";
        var text = section["Dialect"];
        var dialect = dialects.FirstOrDefault(each => string.Equals(each.Name, text, StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidOperationException($"{path}:Dialect: expected {WireText.OneOf(dialects.Select(each => each.Name))}, got {(text is null ? "nothing" : WireText.Quote(text))}");
        if (dialect.Missing is { } missing) throw new InvalidOperationException($"{path}:Dialect: expected {WireText.OneOf(dialects.Where(each => each.Missing is null).Select(each => each.Name))}, got \"{dialect.Name}\"; {missing}");
        return new(section.Key, dialect, section["ConnectionString"] ?? throw new InvalidOperationException($"{path}:ConnectionString: expected a connection string, got nothing"), section.Flag("AllowRawSql"));
    }
}
