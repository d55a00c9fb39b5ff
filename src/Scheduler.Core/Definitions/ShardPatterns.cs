using System.Numerics;

namespace Scheduler.Definitions;

/// <summary>Makes a definition's shards out of its patterns.</summary>
public static class ShardPatterns
{
    /// <summary>Where errors stand; whoever has the shards elsewhere moves them.</summary>
    internal const string Field = "handler.polling.shards";
    const int LongestName = 127;

    /// <summary>
    /// The shards: each table in each database, or the list as it is. In a pattern <c>{00..63}</c> stands for a range of numbers (as wide
    /// as its first one, where that begins with a zero), <c>{a,b,c}</c> for each of a list; several multiply.
    /// </summary>
    /// <param name="shards">The definition.</param>
    /// <param name="max">How many shards a task may have. They are counted before they are made.</param>
    /// <exception cref="SchedulerException">The definition is invalid.</exception>
    public static IReadOnlyList<ShardName> Expand(ShardsDefinition shards, int max)
    {
        List<FieldError> errors = [];
        var names = Expand(shards, max, errors);
        return errors.Count == 0 ? names : throw new SchedulerException(errors);
    }

    /// <summary>What <see cref="Expand(ShardsDefinition, int)"/> would find wrong.</summary>
    public static IReadOnlyList<FieldError> Check(ShardsDefinition shards, int max)
    {
        List<FieldError> errors = [];
        Expand(shards, max, errors);
        return errors;
    }

    static IReadOnlyList<ShardName> Expand(ShardsDefinition shards, int max, List<FieldError> errors)
    {
        switch (shards)
        {
            case { Discover: { }, List: null, Databases: null, Tables: null }:
                return []; // as many as it finds when a round begins
            case { List: { } list, Databases: null, Tables: null, Discover: null }:
                CheckList(list, max, errors);
                return list;
            case { List: null, Databases: { } databases, Tables: { } tables, Discover: null }:
                return Multiply(databases, tables, max, errors);
            default:
                errors.Add(new(Field, $"expected either databases and tables, or list, or discover; got {Given(shards)}"));
                return [];
        }
    }

    static string Given(ShardsDefinition shards)
    {
        (string Name, object? Value)[] members = [("databases", shards.Databases), ("tables", shards.Tables), ("list", shards.List), ("discover", shards.Discover)];
        var given = string.Join(" and ", members.Where(member => member.Value is not null).Select(member => member.Name));
        return given.Length == 0 ? "none of them" : given.Contains(' ') ? given : $"{given} alone";
    }

    static void CheckList(IReadOnlyList<ShardName> list, int max, List<FieldError> errors)
    {
        if (!HasValidCount(list.Count, max, errors)) return;
        var seen = new HashSet<ShardName>();
        for (var i = 0; i < list.Count && errors.Count == 0; i++)
        {
            var field = $"{Field}.list[{i}]";
            if (list[i] is not { } name)
                errors.Add(new(field, "expected a database and a table, got null"));
            else if (IsName(name.Database, $"{field}.database", errors) && IsName(name.Table, $"{field}.table", errors) && !seen.Add(name))
                errors.Add(new(field, $"expected each shard once, got \"{name.Database}\".\"{name.Table}\" again"));
        }
    }

    static ShardName[] Multiply(string databases, string tables, int max, List<FieldError> errors)
    {
        var (one, other) = (Parse(databases, $"{Field}.databases", errors), Parse(tables, $"{Field}.tables", errors));
        if (one is null || other is null || !HasValidCount(one.Count * other.Count, max, errors)) return [];
        var (databaseNames, tableNames) = (one.Names().ToArray(), other.Names().ToArray());
        return AreNames(databaseNames, $"{Field}.databases", errors) & AreNames(tableNames, $"{Field}.tables", errors)
            ? [.. databaseNames.SelectMany(database => tableNames.Select(table => new ShardName(database, table)))]
            : [];
    }

    static NamePattern? Parse(string pattern, string field, List<FieldError> errors)
    {
        try
        {
            return NamePattern.Parse(pattern);
        }
        catch (FormatException wrong)
        {
            errors.Add(new(field, wrong.Message));
            return null;
        }
    }

    static bool HasValidCount(BigInteger count, int max, List<FieldError> errors)
    {
        if (count > 0 && count <= max) return true;
        errors.Add(new(Field, count.IsZero ? "expected at least one shard, got none" : $"expected at most {max} shards, got {count}"));
        return false;
    }

    static bool AreNames(string[] names, string field, List<FieldError> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!IsName(name, field, errors)) return false;
            if (seen.Add(name)) continue;
            errors.Add(new(field, $"expected each name once, got \"{name}\" again"));
            return false;
        }
        return true;
    }

    static bool IsName(string? name, string field, List<FieldError> errors)
    {
        var wrong = name is null or { Length: 0 or > LongestName } ? $"expected 1 to {LongestName} characters, got {name?.Length ?? 0}"
            : name.Any(char.IsControl) ? "expected no control characters, got some"
            : null;
        if (wrong is not null) errors.Add(new(field, wrong));
        return wrong is null;
    }
}
