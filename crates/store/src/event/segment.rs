//! Segments: Parquet files of one hour's events, written once.
//!
//! One row group holds about 8,000 events, so that a query takes little memory. The columns are required;
//! what is not known is empty. Row groups carry the least and greatest value of every column but `raw`, and
//! Bloom filters for those that people search for.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{
    EnabledStatistics, ReaderProperties, WriterProperties, WriterVersion,
};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::error::{Error, Result};
use crate::event::query::Wanted;
use crate::event::{EventRecord, StoredEvent};
use crate::sql::time_of;

/// Version 1 of the columns. Other programs read them by name; a further column goes to the end.
const SCHEMA: &str = "message catseye_event {
    REQUIRED INT64 time (TIMESTAMP(MICROS, true));
    REQUIRED INT64 sequence;
    REQUIRED INT32 code;
    REQUIRED BYTE_ARRAY source (STRING);
    REQUIRED BYTE_ARRAY actor (STRING);
    REQUIRED BYTE_ARRAY verb (STRING);
    REQUIRED BYTE_ARRAY resource (STRING);
    REQUIRED BYTE_ARRAY subresource (STRING);
    REQUIRED BYTE_ARRAY namespace (STRING);
    REQUIRED BYTE_ARRAY name (STRING);
    REQUIRED BYTE_ARRAY source_ip (STRING);
    REQUIRED BYTE_ARRAY user_agent (STRING);
    REQUIRED BYTE_ARRAY id (STRING);
    REQUIRED BYTE_ARRAY raw (STRING);
}";

const TIME: usize = 0;
const SEQUENCE: usize = 1;
const CODE: usize = 2;
/// The first of the texts; they stand in the order of [`EventRecord::texts`].
const TEXTS: usize = 3;
/// `raw`, the last of the texts.
const RAW: usize = 13;
/// How many columns there are.
const COLUMNS: usize = 14;

/// Events of a row group.
const ROW_GROUP: usize = 8192;

/// A row group of large events is closed earlier, at this many bytes of them.
const ROW_GROUP_BYTES: usize = 32 << 20;

fn properties() -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("catseye".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Nearly every one is different: a dictionary would hold them twice.
    for column in ["id", "raw"] {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    builder =
        builder.set_column_statistics_enabled(ColumnPath::from("raw"), EnabledStatistics::None);
    for column in ["actor", "namespace", "name", "source_ip", "id"] {
        builder = builder
            .set_column_bloom_filter_enabled(ColumnPath::from(column), true)
            .set_column_bloom_filter_fpp(ColumnPath::from(column), 0.01)
            .set_column_bloom_filter_max_ndv(ColumnPath::from(column), ROW_GROUP as u64);
    }
    builder.build()
}

/// A segment being written.
pub(crate) struct Writer {
    file: SerializedFileWriter<File>,
    waiting: Vec<StoredEvent>,
    waiting_bytes: usize,
}

/// What a finished segment holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) size: u64,
}

impl Writer {
    /// Begins a segment; the path must be new.
    pub(crate) fn create(path: &Path) -> Result<Writer> {
        let failed = wrong(path);
        let schema = parse_message_type(SCHEMA).map_err(&failed)?;
        let file = File::create_new(path).map_err(Error::io("create", path))?;
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties()))
            .map_err(&failed)?;
        Ok(Writer {
            file,
            waiting: Vec::with_capacity(ROW_GROUP),
            waiting_bytes: 0,
        })
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, event: StoredEvent) -> Result<(), ParquetError> {
        self.waiting_bytes += event.event.raw.len();
        self.waiting.push(event);
        if self.waiting.len() >= ROW_GROUP || self.waiting_bytes >= ROW_GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Ends the segment: when this returns it is on the disk.
    pub(crate) fn finish(mut self) -> Result<Written, ParquetError> {
        self.write_group()?;
        self.file.finish()?;
        let file = self.file.inner();
        file.sync_all()?;
        Ok(Written {
            size: file.metadata()?.len(),
        })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        // Neighbours in time are read together.
        self.waiting
            .sort_by_key(|stored| (stored.event.time, stored.sequence));
        let mut group = self.file.next_row_group()?;
        for column in 0..COLUMNS {
            let Some(mut writer) = group.next_column()? else {
                return Err(ParquetError::General("a column is missing".to_owned()));
            };
            match column {
                TIME | SEQUENCE => {
                    let numbers: Vec<i64> = self
                        .waiting
                        .iter()
                        .map(|stored| match column {
                            TIME => stored.event.time.as_microsecond(),
                            _ => i64::try_from(stored.sequence).unwrap_or(i64::MAX),
                        })
                        .collect();
                    writer
                        .typed::<Int64Type>()
                        .write_batch(&numbers, None, None)?;
                }
                CODE => {
                    let codes: Vec<i32> = self.waiting.iter().map(|s| s.event.code).collect();
                    writer
                        .typed::<Int32Type>()
                        .write_batch(&codes, None, None)?;
                }
                _ => {
                    let values: Vec<ByteArray> = self
                        .waiting
                        .iter()
                        .map(|stored| ByteArray::from(stored.event.texts()[column - TEXTS]))
                        .collect();
                    writer
                        .typed::<ByteArrayType>()
                        .write_batch(&values, None, None)?;
                }
            }
            writer.close()?;
        }
        group.close()?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        Ok(())
    }
}

pub(crate) fn wrong(path: &Path) -> impl Fn(ParquetError) -> Error + '_ {
    move |err| {
        // A full disk comes wrapped; what matters is that it is one.
        if let ParquetError::External(inner) = &err
            && let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return Error::Full { source: err.into() };
        }
        Error::Segment {
            path: path.to_owned(),
            source: err.into(),
        }
    }
}

/// An open segment.
pub(crate) struct Reader {
    file: SerializedFileReader<File>,
}

impl Reader {
    /// Opens a segment; `None` when there is no such file.
    pub(crate) fn open(path: &Path) -> Result<Option<Reader>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(Error::io("open", path)(err)),
        };
        let properties = ReaderProperties::builder().set_read_bloom_filter(true);
        let options = ReadOptionsBuilder::new()
            .with_reader_properties(properties.build())
            .build();
        let file = SerializedFileReader::new_with_options(file, options).map_err(wrong(path))?;
        if file.metadata().file_metadata().schema_descr().num_columns() < COLUMNS {
            return Err(Error::Segment {
                path: path.to_owned(),
                source: "it lacks columns".into(),
            });
        }
        Ok(Some(Reader { file }))
    }

    /// The times of each row group: least and greatest.
    pub(crate) fn groups(&self) -> Vec<(i64, i64)> {
        let groups = self.file.metadata().row_groups().iter();
        groups
            .map(|group| match group.column(TIME).statistics() {
                Some(Statistics::Int64(times)) => (
                    times.min_opt().copied().unwrap_or(i64::MIN),
                    times.max_opt().copied().unwrap_or(i64::MAX),
                ),
                _ => (i64::MIN, i64::MAX),
            })
            .collect()
    }

    /// The events of a row group that are wanted, in no particular order; `None` when statistics rule
    /// the whole group out.
    pub(crate) fn read(
        &self,
        group: usize,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Vec<StoredEvent>>, ParquetError> {
        let group = self.file.get_row_group(group)?;
        if !may_hold(&*group, wanted) {
            return Ok(None);
        }
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let times = numbers(&*group, TIME, rows)?;
        let sequences = numbers(&*group, SEQUENCE, rows)?;
        let mut keep: Vec<usize> = (0..rows)
            .filter(|row| wanted.fits_place(times[*row], sequences[*row].cast_unsigned()))
            .collect();
        let codes = codes(&*group, rows)?;
        if let Some(code) = wanted.filter.code {
            keep.retain(|row| codes[*row] == code);
        }
        let mut columns: Vec<Option<Vec<ByteArray>>> = vec![None; COLUMNS - TEXTS];
        for (place, word) in wanted.words() {
            if keep.is_empty() {
                return Ok(Some(Vec::new()));
            }
            let values = bytes(&*group, TEXTS + place, rows)?;
            keep.retain(|row| values[*row].data() == word.as_bytes());
            columns[place] = Some(values);
        }
        if keep.is_empty() {
            return Ok(Some(Vec::new()));
        }
        // By far the largest column: only what is still wanted is copied out of it.
        let mut raw = some_bytes(&*group, RAW, rows, &keep)?;
        if let Some(finder) = &wanted.finder {
            let mut kept = Vec::new();
            let mut kept_raw = Vec::new();
            for (row, text) in keep.into_iter().zip(raw) {
                if finder.find(text.data()).is_some() {
                    kept.push(row);
                    kept_raw.push(text);
                }
            }
            (keep, raw) = (kept, kept_raw);
        }
        for (place, column) in columns.iter_mut().enumerate().take(RAW - TEXTS) {
            if column.is_none() && !keep.is_empty() {
                *column = Some(bytes(&*group, TEXTS + place, rows)?);
            }
        }
        let mut events = Vec::with_capacity(keep.len());
        for (row, raw) in keep.into_iter().zip(raw) {
            let text = |place: usize| -> Result<String, ParquetError> {
                columns[place]
                    .as_ref()
                    .map_or(Ok(String::new()), |column| string(&column[row]))
            };
            events.push(StoredEvent {
                sequence: sequences[row].cast_unsigned(),
                event: EventRecord {
                    time: time_of(times[row]).map_err(|err| ParquetError::External(err.into()))?,
                    code: codes[row],
                    source: text(0)?,
                    actor: text(1)?,
                    verb: text(2)?,
                    resource: text(3)?,
                    subresource: text(4)?,
                    namespace: text(5)?,
                    name: text(6)?,
                    source_ip: text(7)?,
                    user_agent: text(8)?,
                    id: text(9)?,
                    raw: string(&raw)?,
                },
            });
        }
        Ok(Some(events))
    }
}

fn may_hold(group: &dyn RowGroupReader, wanted: &Wanted<'_>) -> bool {
    if let Some(code) = wanted.filter.code
        && let Some(Statistics::Int32(codes)) = group.metadata().column(CODE).statistics()
    {
        let outside = codes.min_opt().is_some_and(|least| code < *least)
            || codes.max_opt().is_some_and(|most| code > *most);
        if outside {
            return false;
        }
    }
    for (place, word) in wanted.words() {
        let column = TEXTS + place;
        if let Some(statistics) = group.metadata().column(column).statistics() {
            // Long bounds are cut: the least one downwards, the greatest one upwards, so both still hold.
            let below = statistics
                .min_bytes_opt()
                .is_some_and(|least| word.as_bytes() < least);
            let above = statistics
                .max_bytes_opt()
                .is_some_and(|most| word.as_bytes() > most);
            if below || above {
                return false;
            }
        }
        if let Some(filter) = group.get_column_bloom_filter(column)
            && !filter.check(&ByteArray::from(word))
        {
            return false;
        }
    }
    true
}

fn short(column: usize) -> ParquetError {
    ParquetError::General(format!("column {column} has another type or too few rows"))
}

fn numbers(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> Result<Vec<i64>, ParquetError> {
    let ColumnReader::Int64ColumnReader(mut reader) = group.get_column_reader(column)? else {
        return Err(short(column));
    };
    let mut values = Vec::with_capacity(rows);
    while values.len() < rows {
        let (read, ..) = reader.read_records(rows - values.len(), None, None, &mut values)?;
        if read == 0 {
            return Err(short(column));
        }
    }
    Ok(values)
}

fn codes(group: &dyn RowGroupReader, rows: usize) -> Result<Vec<i32>, ParquetError> {
    let ColumnReader::Int32ColumnReader(mut reader) = group.get_column_reader(CODE)? else {
        return Err(short(CODE));
    };
    let mut values = Vec::with_capacity(rows);
    while values.len() < rows {
        let (read, ..) = reader.read_records(rows - values.len(), None, None, &mut values)?;
        if read == 0 {
            return Err(short(CODE));
        }
    }
    Ok(values)
}

fn bytes(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> Result<Vec<ByteArray>, ParquetError> {
    let every: Vec<usize> = (0..rows).collect();
    some_bytes(group, column, rows, &every)
}

/// The values of some rows, which are sorted.
fn some_bytes(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
    keep: &[usize],
) -> Result<Vec<ByteArray>, ParquetError> {
    let ColumnReader::ByteArrayColumnReader(mut reader) = group.get_column_reader(column)? else {
        return Err(short(column));
    };
    let mut values = Vec::with_capacity(keep.len());
    let mut at = 0;
    let mut place = 0;
    while place < keep.len() {
        let first = keep[place];
        // Runs of neighbours are read at once.
        let run = keep[place..]
            .iter()
            .zip(first..)
            .take_while(|(row, expected)| **row == *expected)
            .count();
        if first >= rows {
            return Err(short(column));
        }
        while at < first {
            let skipped = reader.skip_records(first - at)?;
            if skipped == 0 {
                return Err(short(column));
            }
            at += skipped;
        }
        let end = first + run;
        while at < end {
            let (read, ..) = reader.read_records(end - at, None, None, &mut values)?;
            if read == 0 {
                return Err(short(column));
            }
            at += read;
        }
        place += run;
    }
    Ok(values)
}

fn string(bytes: &ByteArray) -> Result<String, ParquetError> {
    Ok(bytes.as_utf8()?.to_owned())
}

/// Makes the names in a folder last.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    let file = fs::File::open(folder).map_err(Error::io("open", folder))?;
    file.sync_all().map_err(Error::io("sync", folder))
}
