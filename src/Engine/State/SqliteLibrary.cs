using System.Reflection;
using System.Runtime.InteropServices;

namespace Pipeline.Engine.State;

/// <summary>Finds the machine's SQLite, or else the one that is delivered with the program.</summary>
/// <remarks>
/// Every desktop and server system brings a maintained SQLite; a bare container may not. Called before the first
/// connection, by any thread; the first call does the work.
/// </remarks>
internal static class SqliteLibrary
{
    private const string AskedFor = "e_sqlite3";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Makes SQLite available to the process.</summary>
    /// <exception cref="StageException">Neither the machine nor the program has one.</exception>
    public static void Use() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, Resolve);
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != AskedFor)
        {
            return 0;
        }

        foreach (string candidate in Candidates())
        {
            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                return library;
            }
        }

        throw new StageException(
            FailureKind.Storage,
            $"SQLite was not found; looked for {string.Join(", ", Candidates())}. Install the system's package (libsqlite3-0, sqlite-libs).");
    }

    private static string[] Candidates()
    {
        if (OperatingSystem.IsWindows())
        {
            return ["winsqlite3"];
        }

        if (OperatingSystem.IsMacOS())
        {
            return ["libsqlite3.dylib"];
        }

        string folder = Path.Combine(AppContext.BaseDirectory, "sqlite");
        string[] delivered = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => ["linux-x64", "linux-musl-x64"],
            Architecture.Arm64 => ["linux-arm64"],
            _ => [],
        };
        return ["libsqlite3.so.0", .. delivered.Select(one => Path.Combine(folder, one, "libe_sqlite3.so"))];
    }
}
