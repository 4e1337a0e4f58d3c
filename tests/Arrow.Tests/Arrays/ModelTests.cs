using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Builders and arrays beside a plain list of what was added, under random actions.</summary>
public sealed partial class ModelTests
{
    private const int Actions = 400;

    [Fact]
    public void HalfFloats_RandomActions_LikeAList() => Follow(
        new HalfFloatArray.Builder(),
        random => BitConverter.UInt16BitsToHalf((ushort)random.Next(0x7C00)),
        (b, value) => b.Append(value),
        (array, i) => array.GetValue(i));

    [Fact]
    public void Times32_RandomActions_LikeAList() => Follow(
        new Time32Array.Builder(),
        random => new TimeOnly(random.Next(24), random.Next(60), random.Next(60), random.Next(1000)),
        (b, value) => b.Append(value),
        (array, i) => array.GetTime(i));

    [Fact]
    public void Times64_RandomActions_LikeAList() => Follow(
        new Time64Array.Builder(),
        random => new TimeOnly(random.NextInt64(TimeSpan.TicksPerDay)),
        (b, value) => b.Append(value),
        (array, i) => array.GetTime(i));

    [Fact]
    public void Dates32_RandomActions_LikeAList() => Follow(
        new Date32Array.Builder(), Date, (b, value) => b.Append(value), (array, i) => array.GetDateOnly(i));

    [Fact]
    public void Dates64_RandomActions_LikeAList() => Follow(
        new Date64Array.Builder(), Date, (b, value) => b.Append(value), (array, i) => array.GetDateOnly(i));

    [Fact]
    public void Spans_RandomActions_LikeAList() => Follow(
        new DurationArray.Builder(DurationType.Microsecond),
        random => TimeSpan.FromMicroseconds(random.NextInt64(-1L << 50, 1L << 50)),
        (b, value) => b.Append(value),
        (array, i) => array.GetTimeSpan(i));

    [Fact]
    public void Decimals_RandomActions_LikeAList() => Follow(
        new Decimal128Array.Builder(new Decimal128Type(38, 9)),
        random => random.NextInt64(long.MinValue, long.MaxValue) / 1_000_000_000m,
        (b, value) => b.Append(value),
        (array, i) => array.GetValue(i));

    private static DateOnly Date(Random random) => DateOnly.FromDayNumber(random.Next(DateOnly.MaxValue.DayNumber + 1));

    private static void Follow<T, TArray, TBuilder>(
        IArrowArrayBuilder<TArray, TBuilder> builder,
        Func<Random, T> draw,
        Action<TBuilder, T> append,
        Func<TArray, int, T?> get)
        where T : struct
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray> => FollowAny<T?, TArray, TBuilder>(
            builder, random => draw(random), (b, value) => append(b, value!.Value), get);

    /// <summary>Adds values and nulls, shrinks and clears, and compares what is built and its slices with a list.</summary>
    private static void FollowAny<T, TArray, TBuilder>(
        IArrowArrayBuilder<TArray, TBuilder> builder, Func<Random, T> draw, Action<TBuilder, T> append, Func<TArray, int, T?> get)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray>
    {
        var random = new Random(20_231);
        var model = new List<T?>();
        for (int action = 0; action < Actions; action++)
        {
            switch (random.Next(30))
            {
                case 0 when action > 300:
                    builder.Clear();
                    model.Clear();
                    break;
                case < 2:
                    int length = Math.Max(0, model.Count - random.Next(12));
                    builder.Resize(length);
                    model.RemoveRange(length, model.Count - length);
                    break;
                case < 7:
                    builder.AppendNull();
                    model.Add(default);
                    break;
                case 7:
                    Compare(builder.Build(null), model, random, get);
                    break;
                default:
                    T value = draw(random);
                    append((TBuilder)builder, value);
                    model.Add(value);
                    break;
            }

            Assert.Equal(model.Count, builder.Length);
        }

        Compare(builder.Build(null), model, random, get);
    }

    private static void Compare<T, TArray>(TArray array, List<T?> model, Random random, Func<TArray, int, T?> get)
        where TArray : IArrowArray
    {
        int offset = random.Next(model.Count + 1);
        int length = random.Next(model.Count - offset + 1);
        var slice = (TArray)ArrowArrayFactory.Slice(array, offset, length);

        Assert.Equal(model, Enumerable.Range(0, array.Length).Select(i => get(array, i)));
        Assert.Equal(model.Count(value => value is null), array.NullCount);
        Assert.Equal(model.GetRange(offset, length), Enumerable.Range(0, slice.Length).Select(i => get(slice, i)));
    }
}
