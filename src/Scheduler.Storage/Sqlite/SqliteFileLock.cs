using System.Globalization;
using System.Text;

namespace Scheduler.Storage;

/// <summary>Another process has the file.</summary>
/// <param name="message">Which one, and which file.</param>
/// <param name="innerException">What the operating system said.</param>
public sealed class StoreInUseException(string message, Exception? innerException = null) : IOException(message, innerException);

/// <summary>
/// One process for one SQLite file: a lock of the operating system on <c>&lt;path&gt;.lock</c>, which ends with the process however that
/// ends. The file stays behind; it means nothing by itself.
/// </summary>
public sealed class SqliteFileLock : IDisposable
{
    readonly FileStream file;

    SqliteFileLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The SQLite file; it need not exist, its folder must.</param>
    /// <exception cref="StoreInUseException">Another process, or another scheduler in this one, has it.</exception>
    public static SqliteFileLock Acquire(string path)
    {
        var lockPath = Path.GetFullPath(path) + ".lock";
        FileStream file;
        try
        {
            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new StoreInUseException($"expected to be the only scheduler on \"{path}\", {Holder(lockPath)} has it (lock file \"{lockPath}\")", failure);
        }
        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        file.Flush();
        return new(file);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => file.Dispose();

    static string Holder(string lockPath)
    {
        try
        {
            using var file = new FileStream(lockPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.ASCII);
            return int.TryParse(reader.ReadToEnd(), CultureInfo.InvariantCulture, out var pid) ? $"process {pid}" : "another process";
        }
        catch (IOException)
        {
            return "another process"; // some systems let nobody read a locked file
        }
    }
}
