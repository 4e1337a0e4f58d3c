using System.Text;
using Pipeline.Engine.Storage;

namespace Pipeline.Support;

/// <summary>Files of any storage as a test wants to see them.</summary>
public static class StoredFiles
{
    /// <summary>All bytes of a file.</summary>
    public static byte[] Bytes(IStorage storage, string path)
    {
        using Stream stream = storage.OpenRead(path);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>The text of a file.</summary>
    public static string Text(IStorage storage, string path) => Encoding.UTF8.GetString(Bytes(storage, path));
}
