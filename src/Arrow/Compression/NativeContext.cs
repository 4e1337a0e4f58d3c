using Microsoft.Win32.SafeHandles;

namespace Apache.Arrow.Compression;

/// <summary>The working memory of a compression library, released with this.</summary>
internal sealed class NativeContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly Func<nint, nuint> _free;

    /// <summary>Takes what a library made, and how it is given back.</summary>
    internal NativeContext(nint context, Func<nint, nuint> free)
        : base(ownsHandle: true)
    {
        _free = free;
        SetHandle(context);
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("A compression library found no memory for its work.");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = _free(handle);
        return true;
    }
}
