using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Xunit;

namespace Pipeline.Support;

/// <summary>The system's compression libraries, without which Arrow bodies stay plain.</summary>
public static class SystemCodecs
{
    private static readonly string[] Missing = [.. Enum.GetValues<CompressionCodecType>().Where(IsMissing).Select(type => type.ToString())];

    /// <summary>Why a test that needs them is skipped, or null.</summary>
    public static string? Reason => Missing.Length == 0 ? null : $"skipped: this machine has no library for {string.Join(" and ", Missing)}";

    private static bool IsMissing(CompressionCodecType type)
    {
        try
        {
            new CompressionCodecFactory().CreateCodec(type).Dispose();
            return false;
        }
        catch (NotSupportedException)
        {
            return true;
        }
    }
}

/// <summary>A test that compresses, and is skipped where the machine cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CodecFactAttribute : FactAttribute
{
    public CodecFactAttribute()
    {
        Skip = SystemCodecs.Reason;
    }
}

/// <summary>A theory that compresses, and is skipped where the machine cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CodecTheoryAttribute : TheoryAttribute
{
    public CodecTheoryAttribute()
    {
        Skip = SystemCodecs.Reason;
    }
}

/// <summary>A test that compresses and needs the reference data beside the repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedCodecFactAttribute : FactAttribute
{
    public SharedCodecFactAttribute()
    {
        Skip = Goldens.HasShared ? SystemCodecs.Reason : "skipped: no ../shared";
    }
}

/// <summary>A theory that compresses and needs the reference data beside the repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedCodecTheoryAttribute : TheoryAttribute
{
    public SharedCodecTheoryAttribute()
    {
        Skip = Goldens.HasShared ? SystemCodecs.Reason : "skipped: no ../shared";
    }
}
