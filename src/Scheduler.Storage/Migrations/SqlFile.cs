using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Storage.Migrations;

/// <summary>One statement of a file, without its comments.</summary>
/// <param name="File">The file's number.</param>
/// <param name="Number">Its place in the file, from 1.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Sql">The statement.</param>
sealed record SqlStatement(int File, int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the statement, 64 hexadecimal digits.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>A numbered SQL file: whole-line comments, and statements that each end with a semicolon at the end of a line, outside of <c>$$</c>.</summary>
static class SqlFile
{
    /// <summary>All statements of a dialect's embedded files, in their order.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="part">The folder of tables that only some programs need; empty: the scheduler's own.</param>
    public static IReadOnlyList<SqlStatement> Statements(string dialect, string part = "")
    {
        var assembly = typeof(SqlFile).Assembly;
        var folder = part.Length == 0 ? $"sql/{dialect}/" : $"sql/{dialect}/{part}/";
        return
        [
            .. from resource in assembly.GetManifestResourceNames()
               let name = resource.Replace('\\', '/')
               where name.StartsWith(folder, StringComparison.Ordinal) && !name.AsSpan(folder.Length).Contains('/')
               orderby name
               from statement in Split(name[folder.Length..], Text(resource))
               select statement,
        ];

        string Text(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The statements of one file, whose name begins with its number.</summary>
    public static IEnumerable<SqlStatement> Split(string name, string text)
    {
        var file = int.Parse(name.AsSpan(0, name.IndexOf('_')), CultureInfo.InvariantCulture);
        var (statement, number, inBody) = (new StringBuilder(), 0, false);
        foreach (var line in text.Split('\n').Select(WithoutComment).Where(line => line.Length > 0))
        {
            statement.Append(line).Append('\n');
            inBody ^= line.Contains("$$", StringComparison.Ordinal); // a function's, which has semicolons of its own
            if (inBody || !line.EndsWith(';')) continue;
            yield return new(file, ++number, name, statement.ToString().TrimEnd('\n', ';'));
            statement.Clear();
        }
        if (statement.Length > 0) throw new InvalidDataException($"{name}: expected the last statement to end with a semicolon, got {statement}");
    }

    // No literal in these files holds two dashes.
    static string WithoutComment(string line) => (line.IndexOf("--", StringComparison.Ordinal) is >= 0 and var comment ? line[..comment] : line).TrimEnd();
}
