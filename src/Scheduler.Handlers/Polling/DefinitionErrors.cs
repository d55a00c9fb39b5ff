using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Outbound;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Polling;

/// <summary>What is wrong with a definition by itself and by the settings, before any source is asked.</summary>
static class DefinitionErrors
{
    public const string Path = "handler.sqlPolling";

    const int LongestName = 127;
    const int MostColumns = 1000;
    static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    public static IReadOnlyList<FieldError> Of(SqlPollingDefinition definition, IReadOnlyList<ShardName> shards, SourceConnections connections, OutboundPolicy policy, Secrets secrets)
    {
        List<FieldError> errors = [];
        var source = definition.Connection is { } name ? connections.Find(name) : null;
        if (source is null)
        {
            var known = connections.Names.ToArray();
            Wrong("connection", $"expected the name of a connection in the settings (Scheduler:Connections), got {(definition.Connection is null ? "nothing" : WireText.Quote(definition.Connection))}"
                + (known.Length == 0 ? "; there are none" : WireText.DidYouMean(definition.Connection ?? "", known)));
        }
        if (shards.FirstOrDefault(shard => !SourceConnection.IsPlain(shard.Database)) is { } odd)
            Wrong("shards", $"expected databases named by letters, digits, \"_\", \"-\" and \".\", the first no \".\" or \"-\", and no \"..\"; got {WireText.Quote(odd.Database)}");
        else if (source is { HasDatabase: false } && shards.FirstOrDefault(shard => shard.Database != shards[0].Database) is { } second)
            Wrong("shards", $"expected one database, for connection \"{source.Name}\" has no {{database}} in its connection string; got {WireText.Quote(shards[0].Database)} and {WireText.Quote(second.Database)}");
        else if (source is not null && shards.GroupBy(shard => shard.Database).SelectMany(each => each.GroupBy(shard => shard.Table, source.Dialect.TableNames)).FirstOrDefault(each => each.Skip(1).Any()) is { } same)
            Wrong("shards", $"expected each table once, got {string.Join(" and ", same.Select(shard => WireText.Quote(shard.Table)).Take(2))} of database {WireText.Quote(same.First().Database)}, which are one table");
        Identifier("keyColumn", definition.KeyColumn);
        if (definition.TimeColumn is { } time) Identifier("timeColumn", time);
        else if (definition.Mode != PollingMode.Full) Wrong("timeColumn", $"expected the column that says when a row last changed, for mode {WireText.Of(definition.Mode)}; got nothing");
        if (definition.Columns is { } columns) Columns(columns);
        if (definition.Filter is { } filters)
        {
            errors.AddRange(Filters.Check(filters, $"{Path}.filter"));
            foreach (var (index, filter) in filters.Index())
                if (filter is not null) Identifier($"filter[{index}].column", filter.Column);
        }
        if (definition.Where is { } raw)
            if (source is { AllowRawSql: false }) Wrong("where", $"expected filter, for connection \"{source.Name}\" takes no conditions in its own words (AllowRawSql is off); got where");
            else if (RawWhere.Wrong(raw) is { } wrong) Wrong("where", wrong);
        Post(definition.Post);
        return errors;

        void Wrong(string field, string message) => errors.Add(new($"{Path}.{field}", message));

        void Identifier(string field, string? column)
        {
            if (column is null or { Length: 0 or > LongestName }) Wrong(field, $"expected 1 to {LongestName} characters, got {column?.Length ?? 0}");
            else if (column.Any(char.IsControl)) Wrong(field, "expected no control characters, got some");
        }

        void Columns(IReadOnlyList<string> columns)
        {
            if (columns.Count is 0 or > MostColumns) Wrong("columns", $"expected 1 to {MostColumns} columns, got {columns.Count}");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (index, column) in columns.Take(MostColumns).Index())
            {
                Identifier($"columns[{index}]", column);
                if (column is not null && !seen.Add(column)) Wrong($"columns[{index}]", $"expected each column once, got {WireText.Quote(column)} again");
            }
        }

        void Post(PostDefinition? post)
        {
            if (post is null)
            {
                Wrong("post", "expected an object with url, got nothing");
                return;
            }
            if (post.Url?.Contains("{secret:", StringComparison.Ordinal) == true) Wrong("post.url", "expected an address as it is, since {secret:name} stands for a setting in headers alone; got one with it");
            else if (policy.Refuses(post.Url!) is { } refused) Wrong("post.url", refused);
            if (post.Headers is { } headers) errors.AddRange(HeaderCheck.Check(headers, secrets, $"{Path}.post.headers"));
            if (post.Timeout is { } timeout && (timeout < TimeSpan.FromMilliseconds(1) || timeout > LongestTimeout)) Wrong("post.timeout", $"expected one millisecond to ten minutes, got {WireText.Of(timeout)}");
        }
    }
}
