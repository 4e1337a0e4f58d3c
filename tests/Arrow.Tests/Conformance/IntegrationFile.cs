using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>One data set of the Arrow project's integration files: a stream, a file, and their gold.</summary>
/// <param name="Writer">The implementation or version that wrote it: a folder.</param>
/// <param name="Feature">What it shows.</param>
internal sealed record IntegrationFile(string Writer, string Feature)
{
    private const string BigEndianWriter = "1.0.0-bigendian";
    private const string GoldEnd = ".json.gz";
    private const string Prefix = "generated_";

    private static readonly (string Writer, string Features)[] Sets =
    [
        ("0.14.1", """
            datetime decimal dictionary interval map nested primitive primitive_no_batches primitive_zerolength
            """),
        ("0.17.1", "union"),
        (BigEndianWriter, """
            custom_metadata datetime dictionary dictionary_unsigned duplicate_fieldnames extension interval map
            map_non_canonical nested nested_dictionary nested_large_offsets null null_trivial primitive
            primitive_large_offsets primitive_no_batches primitive_zerolength recursive_nested union
            """),
        ("1.0.0-littleendian", """
            custom_metadata datetime decimal dictionary dictionary_unsigned duplicate_fieldnames extension interval map
            map_non_canonical nested nested_dictionary nested_large_offsets null null_trivial primitive
            primitive_large_offsets primitive_no_batches primitive_zerolength recursive_nested union
            """),
        ("2.0.0-compression", "lz4 uncompressible_lz4 uncompressible_zstd zstd"),
        ("4.0.0-shareddict", "shared_dict"),
        ("cpp-21.0.0", """
            binary binary_no_batches binary_view binary_zerolength custom_metadata datetime decimal decimal256 decimal32
            decimal64 dictionary dictionary_unsigned duplicate_fieldnames duration extension interval interval_mdn
            large_binary list_view map map_non_canonical nested nested_dictionary nested_large_offsets null null_trivial
            primitive primitive_no_batches primitive_zerolength recursive_nested run_end_encoded union
            """),
    ];

    /// <summary>Every data set there must be, so that one that vanishes is missed.</summary>
    public static IReadOnlyList<IntegrationFile> Known { get; } =
    [
        .. Sets.SelectMany(known => known.Features
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(feature => new IntegrationFile(known.Writer, feature))),
    ];

    /// <summary>The data sets that lie beside the repository, by their gold.</summary>
    public static IEnumerable<IntegrationFile> Found =>
        Directory.EnumerateFiles(Folder, "*" + GoldEnd, SearchOption.AllDirectories)
            .Select(path => new IntegrationFile(
                Path.GetFileName(Path.GetDirectoryName(path))!, Path.GetFileName(path)[Prefix.Length..^GoldEnd.Length]));

    /// <summary>True when its numbers lie highest byte first, which is not supported; the gold does not say so.</summary>
    public bool IsBigEndian => Writer == BigEndianWriter;

    public string GoldPath => PathOf(GoldEnd);

    private static string Folder => Path.Combine(Goldens.SharedRoot, "data", "arrow", "integration");

    public byte[] ReadStream() => File.ReadAllBytes(PathOf(".stream"));

    public byte[] ReadFile() => File.ReadAllBytes(PathOf(".arrow_file"));

    private string PathOf(string end) => Path.Combine(Folder, Writer, Prefix + Feature + end);
}
