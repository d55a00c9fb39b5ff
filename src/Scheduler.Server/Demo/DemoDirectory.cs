using System.Text.Json;

namespace Scheduler.Server.Demo;

/// <summary>Where the demo keeps its things, all in one directory that it makes itself.</summary>
sealed class DemoDirectory(string path)
{
    public string Root { get; } = System.IO.Path.GetFullPath(path);

    public string Store => In("scheduler.db");

    public string Ledger => In("ledger");

    public string Source(string database) => In(database + ".db");

    string Manifest => In("manifest.json");

    /// <summary>The manifest until the last source is written: a creation that was killed is known by it, and begins again.</summary>
    string Unfinished => In("manifest.unfinished");

    /// <summary>What the sources were made as; null where they are not complete.</summary>
    public DemoShape? Shape => File.Exists(Manifest) ? JsonSerializer.Deserialize<DemoShape>(File.ReadAllText(Manifest)) : null;

    /// <summary>What the sources were made as.</summary>
    /// <exception cref="DemoException">They are not complete.</exception>
    public DemoShape CompleteShape => Shape ?? throw new DemoException($"expected the demo's databases in {Root}, found none that are complete");

    /// <summary>Holds the directory for this process alone.</summary>
    /// <exception cref="DemoException">Another process holds it, or it was not made by the demo.</exception>
    public IDisposable Hold()
    {
        if (File.Exists(Root)) throw new DemoException($"--dir: expected a directory, got the file {Root}");
        if (Directory.Exists(Root) && !File.Exists(Manifest) && !File.Exists(Unfinished) && Directory.EnumerateFileSystemEntries(Root).Any(each => each != In("lock")))
            throw new DemoException($"--dir: expected a new or empty directory, or one that the demo made, got {Root}");
        Directory.CreateDirectory(Root);
        try
        {
            return new FileStream(In("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new DemoException($"{Root} is in use by another demo. Wait for it, or give another --dir.", ExitCode.Failed, taken);
        }
    }

    public void BeginSources(DemoShape shape)
    {
        File.WriteAllText(Unfinished, JsonSerializer.Serialize(shape));
        foreach (var old in Directory.EnumerateFiles(Root, "order_*.db")) File.Delete(old);
    }

    /// <summary>Whether the sources have what polling of changes wants.</summary>
    public bool ReadsChanges
    {
        get => File.Exists(In("incremental"));
        set => File.WriteAllText(In("incremental"), "The tables have an index on updated_at and id, and the databases a write-ahead log.");
    }

    public void CompleteSources() => File.Move(Unfinished, Manifest);

    /// <summary>Forgets every round: the scheduler's state and the ledger. The sources stay.</summary>
    public void Forget()
    {
        foreach (var file in Directory.EnumerateFiles(Root, "scheduler.db*")) File.Delete(file);
        if (Directory.Exists(Ledger)) Directory.Delete(Ledger, recursive: true);
    }

    string In(string name) => System.IO.Path.Combine(Root, name);
}

/// <summary>The demo cannot go on, and the message says what to do about it.</summary>
sealed class DemoException(string message, int exitCode = ExitCode.Usage, Exception? innerException = null) : InvalidOperationException(message, innerException)
{
    public int ExitCode => exitCode;
}
