using Xunit;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>A test that needs the package's assembly and is skipped where the environment names none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PackageFactAttribute : FactAttribute
{
    public PackageFactAttribute()
    {
        Skip = string.IsNullOrEmpty(Assembly) ? "skipped: APACHE_ARROW_ASSEMBLY names no Apache.Arrow.dll" : null;
    }

    /// <summary>The path of the package's assembly, whose references lie beside it.</summary>
    public static string? Assembly => Environment.GetEnvironmentVariable("APACHE_ARROW_ASSEMBLY");
}
