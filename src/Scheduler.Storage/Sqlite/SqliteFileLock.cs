using System.Globalization;

namespace Scheduler.Storage;

/// <summary>Another process has the file.</summary>
/// <param name="message">Which one, and which file.</param>
/// <param name="innerException">What the operating system said.</param>
public sealed class StoreInUseException(string message, Exception? innerException = null) : IOException(message, innerException);

/// <summary>
/// One process for one SQLite file: a lock of the operating system on <c>&lt;path&gt;.lock</c>, which ends with the process however that
/// ends. The file stays behind; it means nothing by itself. Nobody can read a locked file, so the holder's number stands in <c>&lt;path&gt;.pid</c>.
/// </summary>
public sealed class SqliteFileLock : IDisposable
{
    readonly FileStream file;
    readonly string pidPath;

    SqliteFileLock(FileStream file, string pidPath) => (this.file, this.pidPath) = (file, pidPath);

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The SQLite file; it need not exist, its folder must.</param>
    /// <exception cref="StoreInUseException">Another process, or another scheduler in this one, has it.</exception>
    public static SqliteFileLock Acquire(string path)
    {
        var (lockPath, pidPath) = (Path.GetFullPath(path) + ".lock", Path.GetFullPath(path) + ".pid");
        FileStream file;
        try
        {
            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new StoreInUseException($"expected to be the only scheduler on \"{path}\", {Holder(pidPath)} has it (lock file \"{lockPath}\")", failure);
        }
        File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new(file, pidPath);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        if (!file.CanRead) return; // given back already: the number is another's by now
        File.Delete(pidPath);
        file.Dispose();
    }

    static string Holder(string pidPath)
    {
        try
        {
            return int.TryParse(File.ReadAllText(pidPath), CultureInfo.InvariantCulture, out var pid) ? $"process {pid}" : "another process";
        }
        catch (IOException)
        {
            return "another process"; // it is about to write it, or about to end
        }
    }
}
