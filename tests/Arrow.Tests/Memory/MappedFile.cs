using System.IO.MemoryMappedFiles;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>A file that is mapped while the views of it are.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly int _length;

    public MappedFile(byte[] bytes)
    {
        _length = bytes.Length;
        File.WriteAllBytes(_path, bytes);
    }

    /// <summary>A view of all bytes, the only thing that holds the mapping.</summary>
    public MemoryMappedViewStream View()
    {
        using var file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return file.CreateViewStream(0, _length, MemoryMappedFileAccess.Read);
    }

    public void Dispose() => File.Delete(_path);
}
